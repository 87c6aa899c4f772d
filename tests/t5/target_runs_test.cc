#include "t5/target_runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "model/token_batch_check.h"
#include "t5/model_batches.h"

namespace p5 {

void PrintTo(const SequenceRun& run, std::ostream* out) { *out << run.rows << " x " << run.length; }

namespace {

using ::testing::ElementsAre;

TokenBatch batch_of(const std::vector<int>& targets) {
  std::vector<std::pair<int, int>> lengths;
  for (const int target : targets) lengths.emplace_back(3, target);
  return test::random_batch(lengths, 1);
}

std::int64_t cost(const SequenceRuns& runs, std::int64_t price) {
  std::int64_t sum = 0;
  for (const SequenceRun& run : runs) sum += run.tokens() + price;
  return sum;
}

TEST(TargetRuns, ShortAnswersAreNotPaddedToSentences) {
  const TokenBatch batch = batch_of({2, 2, 2, 3, 19, 20});
  EXPECT_THAT(target_runs(batch, 8), ElementsAre(SequenceRun{4, 3}, SequenceRun{2, 20}));
  EXPECT_THAT(target_runs(batch, 0),
              ElementsAre(SequenceRun{3, 2}, SequenceRun{1, 3}, SequenceRun{1, 19}, SequenceRun{1, 20}));
  EXPECT_THAT(target_runs(batch, 1000), ElementsAre(SequenceRun{6, 20}));
}

TEST(TargetRuns, RowsKeepTheirOrderAndRowsWithoutTargetsTakeOnePlace) {
  EXPECT_THAT(target_runs(batch_of({20, 2, 2, 20}), 8),
              ElementsAre(SequenceRun{1, 20}, SequenceRun{2, 2}, SequenceRun{1, 20}));
  EXPECT_THAT(target_runs(batch_of({0, 0, 9}), 4), ElementsAre(SequenceRun{2, 1}, SequenceRun{1, 9}));
}

// A kept token after one that is not: the row reaches to the last.
TEST(TargetRuns, ARowReachesToItsLastKeptToken) {
  TokenBatch batch = batch_of({5, 5});
  batch.target_mask = {1, 0, 1, 0, 0, 1, 0, 0, 0, 0};
  EXPECT_THAT(target_runs(batch, 0), ElementsAre(SequenceRun{1, 3}, SequenceRun{1, 1}));
}

TEST(TargetRuns, NoOtherCutsCostLess) {
  Rng rng(3, "test");
  for (int round = 0; round < 60; ++round) {
    std::vector<int> lengths(1 + rng.below(9));
    for (int& length : lengths) length = static_cast<int>(1 + rng.below(12));
    const auto price = static_cast<std::int64_t>(rng.below(10));
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    for (unsigned cuts = 0; cuts < 1u << (lengths.size() - 1); ++cuts) {
      SequenceRuns runs(1);
      for (std::size_t row = 0; row < lengths.size(); ++row) {
        runs.back() = {runs.back().rows + 1, std::max<std::int64_t>(runs.back().length, lengths[row])};
        if (row + 1 < lengths.size() && (cuts >> row & 1) != 0) runs.emplace_back();
      }
      least = std::min(least, cost(runs, price));
    }
    const SequenceRuns runs = target_runs(batch_of(lengths), price);
    EXPECT_EQ(cost(runs, price), least);
    std::int64_t rows = 0;
    for (const SequenceRun& run : runs) rows += run.rows;
    EXPECT_EQ(rows, static_cast<std::int64_t>(lengths.size()));
  }
}

TEST(Targets, AreLaidOutRunByRun) {
  TokenBatch batch = pad_rows({{.source = {5}, .whole_word = {}, .target = {7, 1}},
                               {.source = {5}, .whole_word = {}, .target = {8, 1}},
                               {.source = {5}, .whole_word = {}, .target = {9, 8, 7, 1}}});
  const Targets targets = targets_of(batch, {{2, 2}, {1, 4}});
  EXPECT_THAT(targets.input, ElementsAre(0, 7, 0, 8, 0, 9, 8, 7));
  EXPECT_THAT(targets.kept, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
  EXPECT_THAT(targets.label, ElementsAre(7, 1, 8, 1, 9, 8, 7, 1));
  EXPECT_THAT(targets.row, ElementsAre(0, 0, 1, 1, 2, 2, 2, 2));
  EXPECT_THAT(targets.count, ElementsAre(2, 2, 4));

  const Targets padded = targets_of(batch, padded_targets(batch));
  EXPECT_THAT(padded.input, ElementsAre(0, 7, 1, 0, 0, 8, 1, 0, 0, 9, 8, 7));
  EXPECT_THAT(padded.kept, ElementsAre(0, 1, 4, 5, 8, 9, 10, 11));
  EXPECT_EQ(padded.label, targets.label);
}

}  // namespace
}  // namespace p5
