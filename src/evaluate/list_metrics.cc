#include "evaluate/list_metrics.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace p5 {
namespace {

template <typename Value>
double mean_over(std::span<const ItemId> items, const Value& value) {
  double sum = 0;
  for (const ItemId item : items) sum += value(item);
  return items.empty() ? 0 : sum / static_cast<double>(items.size());
}

}  // namespace

double coverage(std::span<const std::uint32_t> times) {
  const auto never = std::count(times.begin(), times.end(), 0u);
  return times.empty() ? 0 : 1.0 - static_cast<double>(never) / static_cast<double>(times.size());
}

double gini(std::span<const std::uint32_t> times) {
  std::vector<std::uint32_t> sorted(times.begin(), times.end());
  std::sort(sorted.begin(), sorted.end());
  const auto n = static_cast<double>(sorted.size());
  double weighted = 0, total = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    weighted += (2.0 * static_cast<double>(i + 1) - n - 1.0) * static_cast<double>(sorted[i]);
    total += static_cast<double>(sorted[i]);
  }
  return total == 0 ? 0 : weighted / (n * total);
}

double novelty(std::span<const ItemId> list, const TrainFacts& facts) {
  return mean_over(list, [&](ItemId item) { return facts.self_information(item); });
}

double mean_popularity(std::span<const ItemId> items, const TrainFacts& facts) {
  return mean_over(items, [&](ItemId item) { return static_cast<double>(facts.events_of[item]); });
}

double intra_list_diversity(std::span<const ItemId> list, const ItemSimilarity& similarity) {
  if (list.size() < 2) return 0;
  double sum = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    for (std::size_t j = i + 1; j < list.size(); ++j) sum += 1.0 - static_cast<double>(similarity.of(list[i], list[j]));
  }
  const auto n = static_cast<double>(list.size());
  return sum / (n * (n - 1) / 2);
}

double serendipity(std::span<const ItemId> list, ItemId target, const TrainFacts& facts) {
  const auto found = std::find(list.begin(), list.end(), target);
  if (found == list.end()) return 0;
  const auto n = static_cast<double>(facts.item_count());
  const auto height = [n](double rank) { return (n + 1.0 - rank) / n; };
  const std::uint32_t popularity = facts.popularity_rank[target];
  const double expected = popularity == 0 ? 0 : height(popularity);
  const double unexpected = std::max(0.0, height(static_cast<double>(found - list.begin()) + 1.0) - expected);
  return unexpected / static_cast<double>(list.size());
}

double exposure_of_place(std::size_t place) { return 1.0 / std::log2(static_cast<double>(place) + 1.0); }

}  // namespace p5
