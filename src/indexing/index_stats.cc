#include "indexing/index_stats.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <utility>

#include "indexing/item_trie.h"

namespace p5 {
namespace {

double pairs_of(std::size_t count) { return 0.5 * static_cast<double>(count) * (static_cast<double>(count) - 1); }

std::size_t shared_tokens(const ItemIndex& index, ItemId a, ItemId b) {
  const auto one = index.path(a), other = index.path(b);
  return static_cast<std::size_t>(std::ranges::mismatch(one, other).in1 - one.begin());
}

// Items in the order of their paths, so that those with a common prefix are neighbors.
std::vector<ItemId> by_path(const ItemIndex& index) {
  std::vector<ItemId> order(index.size());
  for (ItemId item = 0; item < index.size(); ++item) order[item] = item;
  std::sort(order.begin(), order.end(),
            [&](ItemId a, ItemId b) { return std::ranges::lexicographical_compare(index.path(a), index.path(b)); });
  return order;
}

// Sizes of the groups of items with the same first `depth` tokens; shorter ids are in none.
std::vector<std::size_t> group_sizes(const ItemIndex& index, const std::vector<ItemId>& order, std::size_t depth) {
  std::vector<std::size_t> sizes;
  const ItemId* before = nullptr;
  for (const ItemId& item : order) {
    if (index.path(item).size() < depth) continue;
    if (before == nullptr || shared_tokens(index, *before, item) < depth) sizes.push_back(0);
    ++sizes.back();
    before = &item;
  }
  return sizes;
}

LevelStats level_stats(const ItemIndex& index, const std::vector<ItemId>& order, std::size_t level) {
  LevelStats stats;
  std::map<TokenId, std::size_t> counts;
  for (const ItemId item : order) {
    if (index.path(item).size() <= level) continue;
    ++counts[index.path(item)[level]];
    ++stats.items;
  }
  stats.tokens = counts.size();
  double entropy = 0;
  for (const auto& [token, count] : counts) {
    const double share = static_cast<double>(count) / static_cast<double>(stats.items);
    stats.largest_share = std::max(stats.largest_share, share);
    entropy -= share * std::log(share);
  }
  stats.balance = counts.size() > 1 ? entropy / std::log(static_cast<double>(counts.size())) : 1.0;
  stats.prefixes = group_sizes(index, order, level + 1).size();
  stats.items_per_prefix = static_cast<double>(stats.items) / static_cast<double>(stats.prefixes);
  return stats;
}

}  // namespace

IndexStats compute_index_stats(const ItemIndex& index) {
  IndexStats stats;
  stats.items = index.size();
  if (index.size() == 0) return stats;
  const std::vector<ItemId> order = by_path(index);
  std::size_t tokens = 0;
  stats.longest = index.longest_path();
  stats.shortest = stats.longest;
  for (ItemId item = 0; item < index.size(); ++item) {
    tokens += index.path(item).size();
    stats.shortest = std::min(stats.shortest, index.path(item).size());
  }
  stats.mean_length = static_cast<double>(tokens) / static_cast<double>(index.size());
  for (std::size_t level = 0; level < stats.longest; ++level) stats.levels.push_back(level_stats(index, order, level));
  const ItemTrie trie(index);
  stats.trie_nodes = trie.node_count();
  stats.trie_bytes_per_token = static_cast<double>(trie.bytes()) / static_cast<double>(tokens);
  return stats;
}

std::vector<PrefixSharing> prefix_sharing(const ItemIndex& index, const Split& split) {
  std::vector<PrefixSharing> result;
  if (!split.is_sequential() || index.size() < 2) return result;
  const std::vector<ItemId> order = by_path(index);
  std::vector<std::size_t> sharing(index.longest_path() + 1, 0);
  std::size_t pairs = 0;
  for (UserId user = 0; user < split.corpus().user_count(); ++user) {
    const auto items = split.train_items(user);
    for (std::size_t i = 1; i < items.size(); ++i) {
      if (items[i] == items[i - 1] || !index.has(items[i]) || !index.has(items[i - 1])) continue;
      ++pairs;
      const std::size_t shared = shared_tokens(index, items[i], items[i - 1]);
      for (std::size_t depth = 1; depth <= shared; ++depth) ++sharing[depth];
    }
  }
  for (std::size_t depth = 1; depth < std::max<std::size_t>(2, index.longest_path()); ++depth) {
    double same = 0;
    for (const std::size_t size : group_sizes(index, order, depth)) same += pairs_of(size);
    result.push_back({.depth = depth,
                      .neighbors = pairs == 0 ? 0 : static_cast<double>(sharing[depth]) / static_cast<double>(pairs),
                      .chance = same / pairs_of(index.size())});
  }
  return result;
}

Agreement first_token_agreement(const ItemIndex& one, const ItemIndex& other) {
  std::map<std::pair<TokenId, TokenId>, std::size_t> both;
  std::map<TokenId, std::size_t> first, second;
  for (ItemId item = 0; item < one.size(); ++item) {
    const TokenId a = one.path(item)[0], b = other.path(item)[0];
    ++both[{a, b}];
    ++first[a];
    ++second[b];
  }
  const auto pairs = [](const auto& counts) {
    double sum = 0;
    for (const auto& [key, count] : counts) sum += pairs_of(count);
    return sum;
  };
  const double alike = pairs(first), all = pairs_of(one.size());
  return {.share = alike > 0 ? pairs(both) / alike : 0, .chance = all > 0 ? pairs(second) / all : 0};
}

std::vector<IdNeighbor> nearest_ids(const ItemIndex& index, ItemId item, std::size_t most) {
  std::vector<IdNeighbor> neighbors;
  for (ItemId other = 0; other < index.size(); ++other) {
    const std::size_t shared = other == item ? 0 : shared_tokens(index, item, other);
    if (shared > 0) neighbors.push_back({other, shared});
  }
  std::ranges::stable_sort(neighbors, std::ranges::greater(), &IdNeighbor::shared);
  neighbors.resize(std::min(neighbors.size(), most));
  return neighbors;
}

}  // namespace p5
