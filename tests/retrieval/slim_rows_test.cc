#include "retrieval/slim_rows.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "retrieval/random_log.h"

namespace p5 {
namespace {

using test::Histories;
using test::split_of;

constexpr std::size_t kItems = 18;
using Matrix = std::vector<std::vector<double>>;

SlimOptions published() {
  SlimOptions options;
  options.examples = {.whole = 1.0, .ordered = 0.0};
  options.l1 = 0.8;
  options.l2 = 2.0;
  options.rounds = 500;
  options.tolerance = 1e-7;
  return options;
}

// The answer is the minimum exactly where the conditions of Karush, Kuhn and Tucker hold.
TEST(FitSlim, FindsTheMinimumOfEachColumnWhateverTheThreads) {
  const Histories log = test::random_log(40, kItems, 12, 1);
  const SlimOptions options = published();
  Matrix gram(kItems, std::vector<double>(kItems));
  for (const auto& history : log) {
    std::vector<double> x(kItems);
    for (const ItemId item : history) x[item] = 1;
    for (std::size_t i = 0; i < kItems; ++i) {
      for (std::size_t j = 0; j < kItems; ++j) gram[i][j] += x[i] * x[j];
    }
  }
  for (const std::size_t threads : {1u, 3u}) {
    const SparseRows rows = fit_slim(split_of(log, kItems), options, threads);
    Matrix w(kItems, std::vector<double>(kItems));
    std::size_t positive = 0, zero = 0;
    for (std::size_t i = 0; i < kItems; ++i) {
      for (const ItemWeight& entry : rows[i]) w[i][entry.item] = entry.weight;
    }
    for (std::size_t j = 0; j < kItems; ++j) {
      EXPECT_EQ(w[j][j], 0.0);
      for (std::size_t i = 0; i < kItems; ++i) {
        if (i == j) continue;
        double slope = options.l1 + options.l2 * w[i][j] - gram[i][j];
        for (std::size_t k = 0; k < kItems; ++k) slope += gram[i][k] * w[k][j];
        if (w[i][j] > 0) {
          EXPECT_NEAR(slope, 0.0, 1e-3);
          ++positive;
        } else {
          EXPECT_EQ(w[i][j], 0.0);
          EXPECT_GT(slope, -1e-3);
          ++zero;
        }
      }
    }
    EXPECT_GT(positive, 20u);  // both kinds happen
    EXPECT_GT(zero, 20u);
  }
}

TEST(FitSlim, LearnsOrderWhereExamplesHaveOrder) {
  const Histories log(30, {1, 2, 3});
  SlimOptions options = published();
  options.examples = {.whole = 0.0, .ordered = 1.0};
  const SparseRows rows = fit_slim(split_of(log, 4), options);
  const auto weight = [&](ItemId from, ItemId to) {
    for (const ItemWeight& entry : rows[from]) {
      if (entry.item == to) return entry.weight;
    }
    return 0.0f;
  };
  EXPECT_GT(weight(1, 2), 0.1f);
  EXPECT_EQ(weight(2, 1), 0.0f);
}

TEST(SlimOptions, BindTheirRows) {
  SlimOptions options;
  OptionTable table;
  options.bind(table);
  table.set("slim.l1", "3", "test");
  EXPECT_EQ(options.l1, 3.0);
}

}  // namespace
}  // namespace p5
