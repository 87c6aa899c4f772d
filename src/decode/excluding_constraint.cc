#include "decode/excluding_constraint.h"

#include <algorithm>

namespace p5 {
namespace {

// The nodes from the root to the item's end, or nothing when the item is not in the trie.
std::vector<ItemTrie::Node> nodes_of(const ItemTrie& trie, std::span<const TokenId> path) {
  std::vector<ItemTrie::Node> nodes{ItemTrie::kRoot};
  for (std::size_t i = 0; i <= path.size(); ++i) {
    const ItemTrie::Node child = trie.child(nodes.back(), i < path.size() ? path[i] : kEndToken);
    if (child == ItemTrie::kNone) return {};
    nodes.push_back(child);
  }
  return nodes;
}

}  // namespace

ExcludingConstraint::ExcludingConstraint(const ItemTrie& trie, const ItemIndex& index, std::span<const ItemId> excluded)
    : trie_(&trie) {
  std::vector<ItemId> items(excluded.begin(), excluded.end());
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());

  std::unordered_map<ItemTrie::Node, std::uint32_t> excluded_below;
  std::vector<ItemTrie::Node> parents;  // of closed_
  for (const ItemId item : items) {
    if (!index.has(item)) continue;
    const auto nodes = nodes_of(trie, index.path(item));
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (++excluded_below[nodes[i]] != trie.items_below(nodes[i]) || i == 0) continue;
      closed_.push_back(nodes[i]);
      parents.push_back(nodes[i - 1]);
    }
  }
  std::sort(closed_.begin(), closed_.end());
  std::sort(parents.begin(), parents.end());
  parents.erase(std::unique(parents.begin(), parents.end()), parents.end());
  for (const ItemTrie::Node parent : parents) leave_open(parent);
}

// The children of a node are numbered as its tokens are: what lies between two closed ones is copied at once.
void ExcludingConstraint::leave_open(ItemTrie::Node parent) {
  const std::span<const TokenId> tokens = trie_->allowed(parent);
  const ItemTrie::Node first = trie_->first_token(parent) + 1;
  std::vector<TokenId>& left = open_[parent];
  left.reserve(tokens.size());
  std::size_t next = 0;
  const auto copy_until = [&](std::size_t end) {
    left.insert(left.end(), tokens.begin() + static_cast<std::ptrdiff_t>(next),
                tokens.begin() + static_cast<std::ptrdiff_t>(end));
  };
  for (auto closed = std::lower_bound(closed_.begin(), closed_.end(), first);
       closed != closed_.end() && *closed < first + tokens.size(); ++closed) {
    copy_until(*closed - first);
    next = *closed - first + 1;
  }
  copy_until(tokens.size());
}

bool ExcludingConstraint::describe(TrieLimits& limits) const {
  limits.trie = trie_;
  limits.closed.insert(limits.closed.end(), closed_.begin(), closed_.end());
  return true;
}

std::span<const TokenId> ExcludingConstraint::allowed(State state) const {
  const auto found = open_.find(state);
  return found == open_.end() ? trie_->allowed(state) : std::span<const TokenId>(found->second);
}

}  // namespace p5
