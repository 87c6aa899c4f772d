// Properties of all splits of a corpus: every event in exactly one part, nothing that is held out in what is learnt
// from.
#include "corpus/data_splits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "base/rng.h"
#include "p5/error.h"
#include "support/fake_corpus.h"

namespace p5 {
namespace {

using test::FakeCorpus;
using test::FakeData;
using Kind = SplitOptions::Kind;

FakeData random_log(std::uint64_t seed) {
  Rng rng(seed, "random log");
  FakeData data;
  data.items = 40;
  for (std::size_t user = 0; user < 60; ++user) {
    std::vector<ItemId> history(1 + rng.below(14));
    std::vector<std::int64_t> times;
    std::int64_t time = static_cast<std::int64_t>(rng.below(300));
    for (ItemId& item : history) {
      item = static_cast<ItemId>(rng.below(data.items));
      times.push_back(time += 1 + static_cast<std::int64_t>(rng.below(40)));
    }
    data.histories.push_back(std::move(history));
    data.times.push_back(std::move(times));
  }
  return data;
}

DataSplits splits_of(FakeData data, const SplitOptions& options) {
  return make_splits(std::make_shared<const FakeCorpus>(std::move(data)), options);
}

std::vector<SplitOptions> all_kinds() {
  std::vector<SplitOptions> all;
  for (const double hidden : {0.0, 0.1}) {
    SplitOptions options{.temporal_valid = 0.1, .temporal_test = 0.3};
    options.hide_items = hidden;
    for (const Kind kind : {Kind::kLeaveOneOut, Kind::kTemporal}) {
      options.kind = kind;
      all.push_back(options);
    }
    options.kind = Kind::kSliding;
    for (const std::int64_t window : {1, 2, 3}) {
      options.window = window;
      all.push_back(options);
    }
  }
  return all;
}

std::map<Part, std::size_t> counts_of(const Split& split) {
  std::map<Part, std::size_t> counts;
  for (const Part part : {Part::kTrain, Part::kValid, Part::kTest, Part::kUnused}) counts[part] = split.count(part);
  return counts;
}

TEST(DataSplits, EveryEventIsInExactlyOnePart) {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    for (const SplitOptions& options : all_kinds()) {
      const DataSplits data = splits_of(random_log(seed), options);
      for (const Split* split : {data.ranking.get(), data.reviews.get()}) {
        std::vector<int> times_listed(data.corpus->interaction_count());
        for (const auto& [part, count] : counts_of(*split)) {
          for (const std::size_t i : split->positions(part)) ++times_listed[i];
        }
        EXPECT_EQ(std::count(times_listed.begin(), times_listed.end(), 1),
                  static_cast<std::ptrdiff_t>(times_listed.size()));
      }
    }
  }
}

TEST(DataSplits, HistoriesAreTheUsedEventsBeforeTheTargetInOrder) {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    for (const SplitOptions& options : all_kinds()) {
      const DataSplits data = splits_of(random_log(seed), options);
      const Split& split = *data.ranking;
      ASSERT_TRUE(split.is_sequential());
      for (UserId user = 0; user < data.corpus->user_count(); ++user) {
        for (const Part part : {Part::kValid, Part::kTest}) {
          std::vector<ItemId> expected;
          const auto range = data.corpus->range_of(user);
          for (std::size_t i = range.begin; i < range.end; ++i) {
            if (split.part_of(i) < part) expected.push_back(data.corpus->items()[i]);
          }
          EXPECT_TRUE(std::ranges::equal(split.history_for(user, part), expected));
        }
      }
    }
  }
}

// A copy of the log in which every event that is not in the train part is of another item.
FakeData with_other_held_out_items(const FakeData& data, const Split& split) {
  FakeData other = data;
  Rng rng(77, "other items");
  std::size_t at = 0;
  for (auto& history : other.histories) {
    for (ItemId& item : history) {
      if (split.part_of(at++) != Part::kTrain) item = static_cast<ItemId>(rng.below(data.items));
    }
  }
  return other;
}

TEST(DataSplits, Pitfall03HeldOutItemsChangeNothingThatIsLearntFrom) {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    for (const SplitOptions& options : all_kinds()) {
      if (options.hide_items > 0) continue;  // there the marks themselves follow the items
      const FakeData log = random_log(seed);
      const DataSplits data = splits_of(log, options);
      const DataSplits other = splits_of(with_other_held_out_items(log, *data.ranking), options);
      EXPECT_TRUE(std::ranges::equal(data.ranking->marks(), other.ranking->marks()));
      for (UserId user = 0; user < data.corpus->user_count(); ++user) {
        EXPECT_TRUE(std::ranges::equal(data.ranking->train_items(user), other.ranking->train_items(user)));
      }
    }
  }
}

TEST(DataSplits, TrainingIsBeforeTheTestWindowInTimeAndWindowsFollowEachOther) {
  SplitOptions options{.kind = Kind::kSliding, .temporal_valid = 0.1, .temporal_test = 0.3};
  const FakeData log = random_log(3);
  std::set<std::size_t> tested;
  std::int64_t before = 0;
  for (options.window = 1; options.window <= options.windows; ++options.window) {
    const DataSplits data = splits_of(log, options);
    const auto times = data.corpus->times();
    std::int64_t first = kNoEnd, last = 0, newest_train = 0;
    for (const std::size_t i : data.ranking->positions(Part::kTest)) {
      EXPECT_TRUE(tested.insert(i).second) << "tested in two windows";
      first = std::min(first, times[i]);
      last = std::max(last, times[i]);
    }
    for (const std::size_t i : data.ranking->positions(Part::kTrain)) newest_train = std::max(newest_train, times[i]);
    EXPECT_LT(newest_train, first);
    EXPECT_LT(before, first);
    before = last;
  }
  // All windows together are the test part of the temporal split with the same share.
  options.kind = Kind::kTemporal;
  const DataSplits whole = splits_of(log, options);
  std::set<std::size_t> whole_test;
  for (const std::size_t i : whole.ranking->positions(Part::kTest)) whole_test.insert(i);
  EXPECT_EQ(tested, whole_test);

  options = {.kind = Kind::kSliding, .windows = 2, .window = 3};
  EXPECT_THROW(splits_of(log, options), Error);
}

TEST(HiddenItems, LeaveTheTrainPartsOfBothSplitsAndStayTargets) {
  SplitOptions options;
  options.hide_items = 0.25;
  std::size_t hidden_targets = 0;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const DataSplits data = splits_of(random_log(seed), options);
    const Split& ranking = *data.ranking;
    EXPECT_EQ(ranking.hidden_count(), 10u);
    for (std::size_t i = 0; i < data.corpus->interaction_count(); ++i) {
      const bool hidden = ranking.is_hidden(data.corpus->items()[i]);
      if (hidden) {
        EXPECT_NE(ranking.part_of(i), Part::kTrain);
        EXPECT_NE(data.reviews->part_of(i), Part::kTrain);
      }
      if (ranking.part_of(i) == Part::kUnused) {
        EXPECT_TRUE(hidden);
        // A review of a hidden item that a target is about is held out with it; the others are in no part.
        const Part review = data.reviews->part_of(i);
        EXPECT_TRUE(review != Part::kTrain);
      }
      if (hidden && ranking.part_of(i) == Part::kTest) ++hidden_targets;
    }
    // Whoever has a target without hiding has the same one with it.
    options.hide_items = 0;
    const DataSplits plain = splits_of(random_log(seed), options);
    options.hide_items = 0.25;
    for (UserId user = 0; user < data.corpus->user_count(); ++user) {
      EXPECT_EQ(ranking.target_of(user, Part::kTest), plain.ranking->target_of(user, Part::kTest));
    }
  }
  EXPECT_GT(hidden_targets, 50u);
}

TEST(HiddenItems, AreDrawnBySeedWithoutALookAtTheEvents) {
  const FakeData log = random_log(1);
  const FakeCorpus corpus(log);
  const FakeCorpus other(FakeData{.histories = {{0}}, .items = 40});
  EXPECT_EQ(draw_hidden_items(corpus, 0.1, 5), draw_hidden_items(other, 0.1, 5));
  EXPECT_NE(draw_hidden_items(corpus, 0.1, 5), draw_hidden_items(corpus, 0.1, 6));
  EXPECT_EQ(draw_hidden_items(corpus, 0.1, 5).size(), 4u);
  EXPECT_TRUE(draw_hidden_items(corpus, 0, 5).empty());
}

TEST(DataSplits, AGivenSplitIsTheDefaultOfACorpusThatCameWithOne) {
  //                              train   valid test      train    test
  FakeData data{.histories = {{0, 1, 0, 2, 3}, {1, 2, 3}}, .given_parts = {0, 0, 0, 1, 2, 0, 0, 2}};
  const DataSplits given = splits_of(data, {});
  EXPECT_EQ(given.ranking->name(), "given");
  EXPECT_EQ(given.reviews->name(), "given");
  EXPECT_TRUE(given.ranking->is_sequential());
  EXPECT_EQ(given.ranking->count(Part::kTrain), 5u);
  EXPECT_EQ(given.ranking->count(Part::kValid), 1u);
  EXPECT_EQ(given.ranking->target_of(1, Part::kTest), 7u);
  EXPECT_EQ(given.ranking->history_for(0, Part::kTest).size(), 4u);
  EXPECT_EQ(splits_of(data, {.kind = Kind::kLeaveOneOut}).ranking->name(), "leave-one-out");
  data.given_parts.clear();
  EXPECT_EQ(splits_of(data, {}).ranking->name(), "leave-one-out");
  EXPECT_THROW(splits_of(data, {.kind = Kind::kGiven}), Error);
}

TEST(DataSplits, AGivenSplitWithoutValidationTakesTheLastTrainEvents) {
  FakeData data{.histories = {{0, 1, 2}, {1, 2}, {3}}, .given_parts = {0, 0, 2, 0, 2, 0}};
  const DataSplits given = splits_of(data, {});
  EXPECT_EQ(given.ranking->part_of(1), Part::kValid);
  EXPECT_EQ(given.ranking->part_of(3), Part::kTrain) << "the only train event stays";
  EXPECT_EQ(given.ranking->count(Part::kValid), 1u);
}

TEST(DataSplits, AGivenSplitWithoutTestTestsOnItsValidationPart) {
  FakeData data{.histories = {{0, 1, 2}, {1, 2}}, .given_parts = {0, 0, 1, 0, 1}};
  const DataSplits given = splits_of(data, {});
  EXPECT_EQ(given.ranking->part_of(2), Part::kTest);
  EXPECT_EQ(given.ranking->part_of(4), Part::kTest);
  EXPECT_EQ(given.ranking->part_of(1), Part::kValid);
}

TEST(DataSplits, AGivenReviewSplitTrainsOnNoHeldOutPair) {
  FakeData data{.histories = {{0, 1, 0}}, .given_parts = {0, 0, 2}};  // item 0 is also the test target
  const DataSplits given = splits_of(data, {});
  EXPECT_EQ(given.reviews->part_of(0), Part::kTest);
  EXPECT_EQ(given.reviews->part_of(2), Part::kTest);
}

}  // namespace
}  // namespace p5
