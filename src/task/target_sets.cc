#include "task/target_sets.h"

#include <algorithm>
#include <map>
#include <utility>

namespace p5 {
namespace {

// The tokens of every depth of the items' paths, each once and ascending.
TokenSets sets_by_depth(const ItemIndex& index) {
  TokenSets sets(index.longest_path());
  for (ItemId item = 0; item < index.size(); ++item) {
    const auto path = index.path(item);
    for (std::size_t depth = 0; depth < path.size(); ++depth) sets[depth].push_back(path[depth]);
  }
  for (std::vector<TokenId>& set : sets) {
    std::sort(set.begin(), set.end());
    set.erase(std::unique(set.begin(), set.end()), set.end());
  }
  return sets;
}

}  // namespace

TargetSets::TargetSets(const ItemIndex& index, By by) {
  if (by == By::kPosition || index.longest_path() < 2) {
    sets_ = std::make_shared<const TokenSets>(sets_by_depth(index));
    return;
  }
  trie_.emplace(index);
  number_nodes();
}

// Nodes that one token alone may follow share the set of that token.
void TargetSets::number_nodes() {
  TokenSets sets;
  std::map<TokenId, std::uint32_t> single;
  of_node_.resize(trie_->node_count());
  for (ItemTrie::Node node = 0; node < trie_->node_count(); ++node) {
    const std::span<const TokenId> tokens = trie_->allowed(node);
    if (tokens.empty()) continue;
    if (tokens.size() == 1) {
      const auto [known, is_new] = single.emplace(tokens.front(), static_cast<std::uint32_t>(sets.size() + 1));
      of_node_[node] = known->second;
      if (!is_new) continue;
    } else {
      of_node_[node] = static_cast<std::uint32_t>(sets.size() + 1);
    }
    sets.emplace_back(tokens.begin(), tokens.end());
  }
  sets_ = std::make_shared<const TokenSets>(std::move(sets));
}

std::vector<std::uint32_t> TargetSets::of(std::span<const TokenId> tokens, std::span<const std::uint16_t> depth) const {
  if (!trie_) return {depth.begin(), depth.begin() + static_cast<std::ptrdiff_t>(tokens.size())};
  std::vector<std::uint32_t> sets;
  ItemTrie::Node node = ItemTrie::kRoot;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (depth[i] <= 1) node = ItemTrie::kRoot;
    sets.push_back(depth[i] == 0 ? 0 : of_node_[node]);
    if (depth[i] > 0) node = trie_->child(node, tokens[i]);
  }
  return sets;
}

std::optional<std::uint32_t> TargetSets::of_end(std::span<const TokenId> path) const {
  if (!trie_) return std::nullopt;
  ItemTrie::Node node = ItemTrie::kRoot;
  for (const TokenId token : path) node = trie_->child(node, token);
  if (trie_->allowed(node).size() < 2) return std::nullopt;
  return of_node_[node];
}

}  // namespace p5
