#include "task/batch_planner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/rng.h"

namespace p5 {
namespace {

using ::testing::ElementsAre;

RowLength row_between(Rng& rng, RowLength least, RowLength most) {
  return {least.source + static_cast<std::uint32_t>(rng.below(most.source - least.source + 1)),
          least.target + static_cast<std::uint32_t>(rng.below(most.target - least.target + 1))};
}

// Stars, items, headlines and sentences in one stream: answers of two tokens and of forty, whose sources are alike.
std::vector<RowLength> rows_of_all_families() {
  Rng rng(1, "test");
  std::vector<RowLength> rows;
  for (int i = 0; i < 6000; ++i) {
    const std::uint64_t family = rng.below(10);
    rows.push_back(family < 7   ? row_between(rng, {20, 2}, {90, 3})
                   : family < 9 ? row_between(rng, {20, 6}, {60, 40})
                                : row_between(rng, {20, 3}, {260, 15}));
  }
  return rows;
}

TEST(BatchPlanner, TakesEveryRowOnceWithinTheBudgetAndWastesLittleOnSources) {
  const std::vector<RowLength> rows = rows_of_all_families();
  std::vector<int> seen(rows.size());
  std::uint64_t kept = 0, padded = 0;
  for (const auto& batch : plan_batches(rows, 2048)) {
    std::uint64_t longest = 0, targets = 0;
    for (const std::uint32_t row : batch) {
      ++seen[row];
      longest = std::max<std::uint64_t>(longest, rows[row].source);
      targets += rows[row].target;
      kept += rows[row].source;
    }
    EXPECT_LE(batch.size() * longest + targets, 2048u);
    padded += batch.size() * longest;
  }
  EXPECT_THAT(seen, ::testing::Each(1));
  EXPECT_LT(static_cast<double>(padded - kept) / static_cast<double>(padded), 0.03);
}

// A batch of one family alone would be a step of that family alone.
TEST(BatchPlanner, BatchesHoldAnswersOfAllLengthsInOrder) {
  const std::vector<RowLength> rows = rows_of_all_families();
  std::size_t mixed = 0, batches = 0;
  for (const auto& batch : plan_batches(rows, 2048)) {
    ++batches;
    mixed += rows[batch.front()].target <= 3 && rows[batch.back()].target >= 6;
    EXPECT_TRUE(std::is_sorted(batch.begin(), batch.end(),
                               [&](std::uint32_t a, std::uint32_t b) { return rows[a].target < rows[b].target; }));
  }
  EXPECT_GT(mixed, batches / 2);
}

TEST(BatchPlanner, GivesARowAboveTheBudgetABatchOfItsOwn) {
  const std::vector<RowLength> rows = {{900, 1}, {5, 1}, {800, 1}, {5, 1}};
  EXPECT_THAT(plan_batches(rows, 100), ElementsAre(ElementsAre(1, 3), ElementsAre(2), ElementsAre(0)));
  EXPECT_TRUE(plan_batches({}, 100).empty());
}

}  // namespace
}  // namespace p5
