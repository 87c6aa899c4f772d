#include "indexing/item_trie.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <numeric>

#include "p5/error.h"

namespace p5 {
namespace {

std::vector<ItemId> all_items(const ItemIndex& index) {
  std::vector<ItemId> items(index.size());
  std::iota(items.begin(), items.end(), ItemId{0});
  return items;
}

// The items in order of their paths, each once. A path sorts before those that it is a prefix of.
std::vector<ItemId> sorted_by_path(const ItemIndex& index, std::span<const ItemId> subset) {
  std::vector<ItemId> items(subset.begin(), subset.end());
  for (const ItemId item : items) {
    if (item < index.size()) continue;
    throw usage_error("no such item", {"item trie", fmt::format("below {}", index.size()), std::to_string(item)});
  }
  std::sort(items.begin(), items.end(),
            [&](ItemId a, ItemId b) { return std::ranges::lexicographical_compare(index.path(a), index.path(b)); });
  items.erase(std::unique(items.begin(), items.end()), items.end());
  return items;
}

}  // namespace

ItemTrie::ItemTrie(const ItemIndex& index) : ItemTrie(index, all_items(index)) {}

// Breadth first: a node is a range of the sorted items that share a prefix of `depth` tokens. Its children are
// therefore adjacent, and the arrays grow only at their ends.
ItemTrie::ItemTrie(const ItemIndex& index, std::span<const ItemId> subset) {
  struct Group {
    std::uint32_t begin, end, depth;
  };
  static std::atomic<std::uint64_t> tries = 0;
  serial_ = ++tries;
  const std::vector<ItemId> items = sorted_by_path(index, subset);
  const auto token_at = [&](std::uint32_t position, std::uint32_t depth) {
    const std::span<const TokenId> path = index.path(items[position]);
    return depth < path.size() ? path[depth] : kEndToken;
  };
  std::vector<Group> groups = {{0, static_cast<std::uint32_t>(items.size()), 0}};
  item_.push_back(kNoItem);
  items_below_.push_back(static_cast<std::uint32_t>(items.size()));
  for (std::size_t node = 0; node < groups.size(); ++node) {
    const Group group = groups[node];
    first_.push_back(static_cast<std::uint32_t>(tokens_.size()));
    depth_ = std::max<std::size_t>(depth_, group.depth);
    if (item_[node] != kNoItem) continue;
    for (std::uint32_t begin = group.begin, end = begin; begin < group.end; begin = end) {
      const TokenId token = token_at(begin, group.depth);
      while (end < group.end && token_at(end, group.depth) == token) ++end;
      tokens_.push_back(token);
      groups.push_back({begin, end, group.depth + 1});
      item_.push_back(token == kEndToken ? items[begin] : kNoItem);
      items_below_.push_back(end - begin);
    }
  }
  first_.push_back(static_cast<std::uint32_t>(tokens_.size()));
}

std::size_t ItemTrie::bytes() const {
  return (first_.capacity() + items_below_.capacity()) * sizeof(std::uint32_t) + tokens_.capacity() * sizeof(TokenId) +
         item_.capacity() * sizeof(ItemId);
}

std::span<const TokenId> ItemTrie::allowed(Node node) const {
  return std::span(tokens_).subspan(first_[node], first_[node + 1] - first_[node]);
}

ItemTrie::Node ItemTrie::child(Node node, TokenId token) const {
  const std::span<const TokenId> tokens = allowed(node);
  const auto found = std::lower_bound(tokens.begin(), tokens.end(), token);
  if (found == tokens.end() || *found != token) return kNone;
  return first_[node] + static_cast<Node>(found - tokens.begin()) + 1;
}

}  // namespace p5
