#include "corpus/split.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/rng.h"
#include "p5/error.h"
#include "support/fake_corpus.h"

namespace p5 {
namespace {

using test::FakeCorpus;
using test::FakeData;

// Histories of 1 to 12 interactions, some with repeats and ties.
std::shared_ptr<const Corpus> random_corpus(std::uint64_t seed) {
  Rng rng(seed, "random corpus");
  FakeData data;
  data.items = 5 + rng.below(60);
  for (std::size_t user = 0; user < 5 + rng.below(120); ++user) {
    std::vector<ItemId> history(1 + rng.below(12));
    std::vector<std::int64_t> times;
    std::int64_t time = static_cast<std::int64_t>(rng.below(20));
    for (ItemId& item : history) {
      item = static_cast<ItemId>(rng.below(data.items));
      times.push_back(time += static_cast<std::int64_t>(rng.below(3)));
    }
    data.histories.push_back(std::move(history));
    data.times.push_back(std::move(times));
  }
  return std::make_shared<FakeCorpus>(std::move(data));
}

std::vector<ItemId> list(std::span<const ItemId> items) { return {items.begin(), items.end()}; }

TEST(LeaveOneOut, MarksTheLastTwo) {
  const Split split = split_leave_one_out(
      std::make_shared<FakeCorpus>(std::vector<std::vector<ItemId>>{{4, 3, 2, 1, 0}, {1, 2}, {2, 3, 4}}));
  EXPECT_TRUE(split.is_sequential());
  EXPECT_EQ(split.name(), "leave-one-out");
  EXPECT_EQ(list(split.train_items(0)), (std::vector<ItemId>{4, 3, 2}));
  EXPECT_EQ(list(split.history_for(0, Part::kValid)), (std::vector<ItemId>{4, 3, 2}));
  EXPECT_EQ(list(split.history_for(0, Part::kTest)), (std::vector<ItemId>{4, 3, 2, 1}));
  EXPECT_EQ(split.target_of(0, Part::kValid), 3u);
  EXPECT_EQ(split.target_of(0, Part::kTest), 4u);
  EXPECT_EQ(list(split.train_items(1)), (std::vector<ItemId>{1, 2}));  // too short to test
  EXPECT_EQ(split.target_of(1, Part::kTest), std::nullopt);
  EXPECT_EQ(list(split.train_items(2)), (std::vector<ItemId>{2}));
  EXPECT_EQ(split.count(Part::kTrain), 6u);
  EXPECT_EQ(split.count(Part::kTest), 2u);
}

TEST(LeaveOneOut, HistoriesNeverHoldTheirTarget) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const auto corpus = random_corpus(seed);
    const Split split = split_leave_one_out(corpus);
    ASSERT_TRUE(split.is_sequential());
    for (UserId user = 0; user < corpus->user_count(); ++user) {
      const auto range = corpus->range_of(user);
      for (const Part part : {Part::kValid, Part::kTest}) {
        const auto target = split.target_of(user, part);
        ASSERT_EQ(target.has_value(), range.size() >= 3);
        if (target) {
          EXPECT_EQ(split.history_for(user, part).size(), *target - range.begin);
        }
      }
    }
    EXPECT_EQ(split.count(Part::kTrain) + split.count(Part::kValid) + split.count(Part::kTest),
              corpus->interaction_count());
  }
}

TEST(ReviewSplit, KeepsRankingPairsOutOfTrainAndCoversTheRest) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const auto corpus = random_corpus(seed);
    const Split ranking = split_leave_one_out(corpus);
    const Split split = split_by_ratio(corpus, {.seed = seed}, &ranking);
    std::set<std::pair<UserId, ItemId>> test_pairs, valid_pairs;
    for (UserId user = 0; user < corpus->user_count(); ++user) {
      if (const auto i = ranking.target_of(user, Part::kTest)) test_pairs.emplace(user, corpus->items()[*i]);
      if (const auto i = ranking.target_of(user, Part::kValid)) valid_pairs.emplace(user, corpus->items()[*i]);
    }
    std::set<UserId> trained_users, coverable_users;
    std::set<ItemId> trained_items, coverable_items;
    for (std::size_t i = 0; i < corpus->interaction_count(); ++i) {
      const std::pair pair(corpus->users()[i], corpus->items()[i]);
      if (test_pairs.contains(pair)) {
        EXPECT_EQ(split.part_of(i), Part::kTest);
      } else if (valid_pairs.contains(pair)) {
        EXPECT_EQ(split.part_of(i), Part::kValid);
      } else {
        coverable_users.insert(pair.first);
        coverable_items.insert(pair.second);
      }
      if (split.part_of(i) == Part::kTrain) {
        trained_users.insert(pair.first);
        trained_items.insert(pair.second);
      }
    }
    EXPECT_EQ(trained_users, coverable_users) << seed;
    EXPECT_EQ(trained_items, coverable_items) << seed;
  }
}

TEST(ReviewSplit, HasTheSharesAskedForAndIsDrawnBySeed) {
  FakeData data;
  Rng rng(3, "big");
  for (int user = 0; user < 1000; ++user) {
    std::vector<ItemId> history(30);
    for (ItemId& item : history) item = static_cast<ItemId>(rng.below(200));
    data.histories.push_back(history);
  }
  const auto corpus = std::make_shared<FakeCorpus>(std::move(data));
  const Split ranking = split_leave_one_out(corpus);
  const Split split = split_by_ratio(corpus, {.seed = 1}, &ranking);
  EXPECT_EQ(split.count(Part::kTest), 3000u);
  EXPECT_EQ(split.count(Part::kValid), 3000u);
  EXPECT_FALSE(split.is_sequential());
  const auto same = split_by_ratio(corpus, {.seed = 1}, &ranking),
             other = split_by_ratio(corpus, {.seed = 2}, &ranking);
  EXPECT_TRUE(std::ranges::equal(split.marks(), same.marks()));
  EXPECT_FALSE(std::ranges::equal(split.marks(), other.marks()));
}

TEST(Split, PositionsOfAPartAreAllOfItsAndNoOthers) {
  FakeData data{.histories = {{0, 1, 2, 3}, {1, 2}, {3, 2, 1}}};
  const float none = std::numeric_limits<float>::quiet_NaN();
  data.ratings = {{5, none, 3, none}, {none, 4}, {none, 2, 1}};
  const Split split = split_leave_one_out(std::make_shared<FakeCorpus>(std::move(data)));
  const auto all = [](auto&& positions) {
    std::vector<std::size_t> listed;
    for (const std::size_t i : positions) listed.push_back(i);
    return listed;
  };
  EXPECT_EQ(all(split.positions(Part::kTrain)), (std::vector<std::size_t>{0, 1, 4, 5, 6}));
  EXPECT_EQ(all(split.positions(Part::kValid)), (std::vector<std::size_t>{2, 7}));
  EXPECT_EQ(all(split.positions(Part::kTest)), (std::vector<std::size_t>{3, 8}));
  EXPECT_EQ(all(split.rated_positions(Part::kTrain)), (std::vector<std::size_t>{0, 5}));
  EXPECT_EQ(all(split.rated_positions(Part::kValid)), (std::vector<std::size_t>{2, 7}));
  EXPECT_EQ(all(split.rated_positions(Part::kTest)), (std::vector<std::size_t>{8}));
}

// P5: 296,337 reviews of Sports become 237,070 / 29,634 / 29,633. Rounding must agree. Here at full size,
// with one user and item, so that no interaction is forced into train.
TEST(RatioSplit, RoundsLikeThePaper) {
  const auto counts = [](std::size_t total) {
    const auto corpus = std::make_shared<FakeCorpus>(std::vector<std::vector<ItemId>>{std::vector<ItemId>(total, 0)});
    const Split split = split_by_ratio(corpus, {}, nullptr);
    return std::vector{split.count(Part::kTrain), split.count(Part::kValid), split.count(Part::kTest)};
  };
  EXPECT_EQ(counts(296337), (std::vector<std::size_t>{237070, 29634, 29633}));
  EXPECT_EQ(counts(316354), (std::vector<std::size_t>{253083, 31635, 31636}));
  EXPECT_EQ(counts(1), (std::vector<std::size_t>{1, 0, 0}));
}

TEST(RatioSplit, RefusesSharesThatLeaveNoTrain) {
  const auto corpus = random_corpus(1);
  EXPECT_THROW(split_by_ratio(corpus, {.valid = 0.5, .test = 0.5}, nullptr), Error);
  EXPECT_THROW(split_by_ratio(corpus, {.valid = -0.1}, nullptr), Error);
  EXPECT_THROW(split_by_ratio(corpus, {.valid = std::numeric_limits<double>::quiet_NaN()}, nullptr), Error);
}

TEST(TemporalSplit, CutsAllUsersAtTheSameTimes) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto corpus = random_corpus(seed);
    const Split split = split_by_time(corpus, 10, 15);
    EXPECT_TRUE(split.is_sequential());
    for (std::size_t i = 0; i < corpus->interaction_count(); ++i) {
      const std::int64_t time = corpus->times()[i];
      EXPECT_EQ(split.part_of(i), time < 10 ? Part::kTrain : time < 15 ? Part::kValid : Part::kTest);
    }
  }
  EXPECT_THROW(split_by_time(random_corpus(1), 15, 10), Error);
  const auto timeless = std::make_shared<FakeCorpus>(FakeData{.histories = {{0, 1}}, .times = {{kNoTime, kNoTime}}});
  EXPECT_THROW(split_by_time(timeless, 1, 2), Error);
}

}  // namespace
}  // namespace p5
