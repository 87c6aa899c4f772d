#include "retrieval/pair_rows.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "p5/error.h"
#include "retrieval/random_log.h"

namespace p5 {
namespace {

using test::Histories;
using test::split_of;

constexpr std::size_t kItems = 20;

std::map<ItemId, double> row_of(const SparseRows& rows, ItemId item) {
  std::map<ItemId, double> row;
  for (const ItemWeight& entry : rows[item]) row[entry.item] = entry.weight;
  return row;
}

TEST(MeasurePairs, AgreesWithTheDefinitionsWhateverTheThreads) {
  const Histories log = test::random_log(40, kItems, 12, 1);
  std::vector<std::set<ItemId>> users;
  for (const auto& history : log) users.emplace_back(history.begin(), history.end());
  PairOptions options;
  options.max_neighbors = 0;
  options.popularity = 0.7;
  for (const std::size_t threads : {1u, 3u}) {
    const SparseRows cosine = measure_pairs(split_of(log, kItems), PairMeasure::kCosine, options, threads);
    const SparseRows conditional = measure_pairs(split_of(log, kItems), PairMeasure::kConditional, options, threads);
    for (ItemId a = 0; a < kItems; ++a) {
      auto by_cosine = row_of(cosine, a), by_condition = row_of(conditional, a);
      EXPECT_FALSE(by_cosine.contains(a));
      for (ItemId b = 0; b < kItems; ++b) {
        if (a == b) continue;
        double has_a = 0, has_b = 0, both = 0, normed = 0;
        for (const auto& items : users) {
          has_a += items.contains(a) ? 1 : 0;
          has_b += items.contains(b) ? 1 : 0;
          if (!items.contains(a) || !items.contains(b)) continue;
          both += 1;
          normed += 1 / std::sqrt(double(items.size()));
        }
        EXPECT_NEAR(by_cosine[b], both / (std::sqrt(has_a * has_b) + 3), 1e-5);
        EXPECT_NEAR(by_condition[b], normed == 0 ? 0 : normed / ((has_a + 3) * std::pow(has_b, 0.7)), 1e-5);
      }
    }
  }
}

TEST(MeasurePairs, KeepsTheStrongest) {
  PairOptions options;
  options.max_neighbors = 1;
  const SparseRows rows = measure_pairs(split_of({{1, 2, 3}, {1, 2}}, 4), PairMeasure::kCosine, options);
  ASSERT_EQ(rows[1].size(), 1u);
  EXPECT_EQ(rows[1].front().item, 2u);
}

TEST(PairOptions, BindTheirRows) {
  PairOptions cosine, conditional;
  OptionTable table;
  cosine.bind_cosine(table);
  conditional.bind_conditional(table);
  table.set("cosine.shrinkage", "1", "test");
  table.set("conditional.popularity", "0.25", "test");
  EXPECT_EQ(cosine.shrinkage, 1.0);
  EXPECT_EQ(conditional.popularity, 0.25);
}

}  // namespace
}  // namespace p5
