#include "evaluate/target_rank.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace p5 {
namespace {

bool contains(std::span<const ItemId> items, ItemId item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

// 32-bit counters with 32-bit floats, so that the loop becomes vector code.
std::size_t count_not_below(std::span<const float> scores, float bound) {
  std::uint32_t count = 0;
  for (const float score : scores) count += static_cast<std::uint32_t>(!(score < bound));
  return count;
}

std::vector<ItemId> distinct(std::span<const ItemId> items) {
  std::vector<ItemId> sorted(items.begin(), items.end());
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  return sorted;
}

}  // namespace

SeenRanks rank_in_scores(std::span<const float> scores, ItemId target, std::span<const ItemId> history) {
  const float bound = scores[target];
  SeenRanks ranks;
  ranks.seen_kept = std::max<std::size_t>(1, count_not_below(scores, bound));  // counts the target itself
  if (contains(history, target)) return ranks;
  ranks.seen_dropped = ranks.seen_kept;
  for (const ItemId seen : distinct(history)) {
    if (seen < scores.size() && !(scores[seen] < bound)) --ranks.seen_dropped;
  }
  return ranks;
}

SeenRanks rank_in_list(std::span<const Candidate> list, ItemId target, std::span<const ItemId> history) {
  const auto found = std::find_if(list.begin(), list.end(), [&](const Candidate& c) { return c.item == target; });
  SeenRanks ranks;
  if (found == list.end()) return ranks;
  ranks.seen_kept = static_cast<std::size_t>(found - list.begin()) + 1;
  if (contains(history, target)) return ranks;
  const auto removed =
      std::count_if(list.begin(), found, [&](const Candidate& c) { return contains(history, c.item); });
  ranks.seen_dropped = ranks.seen_kept - static_cast<std::size_t>(removed);
  return ranks;
}

std::size_t rank_among(std::span<const float> scores, ItemId target, std::span<const ItemId> candidates) {
  std::size_t rank = 1;
  for (const ItemId item : candidates) {
    if (item != target && !(scores[item] < scores[target])) ++rank;
  }
  return rank;
}

}  // namespace p5
