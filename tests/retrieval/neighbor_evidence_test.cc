#include "retrieval/neighbor_evidence.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <vector>

#include "base/rng.h"
#include "retrieval/item_knn_source.h"
#include "support/fake_corpus.h"

namespace p5 {
namespace {

using Histories = std::vector<std::vector<ItemId>>;

// Appends a validation and a test item.
std::shared_ptr<const Split> split_of(Histories histories, std::size_t items) {
  for (auto& history : histories) history.insert(history.end(), {0, 0});
  return std::make_shared<const Split>(split_leave_one_out(
      std::make_shared<test::FakeCorpus>(test::FakeData{.histories = std::move(histories), .items = items})));
}

// Histories in which items follow each other by rule, with repeats and noise.
Histories random_histories(std::size_t users, std::size_t items, std::uint64_t seed) {
  Rng rng(seed, "evidence test");
  Histories histories;
  for (std::size_t user = 0; user < users; ++user) {
    auto& history = histories.emplace_back();
    auto item = static_cast<ItemId>(1 + rng.below(items - 1));
    const std::size_t length = 3 + rng.below(28);
    for (std::size_t i = 0; i < length; ++i) {
      history.push_back(item);
      item = static_cast<ItemId>(rng.below(4) == 0 ? 1 + rng.below(items - 1) : 1 + item % (items - 1));
    }
  }
  return histories;
}

std::shared_ptr<ItemKnnSource> knn(const std::shared_ptr<const Split>& split) {
  auto source = std::make_shared<ItemKnnSource>(*split, ItemKnnOptions{}, 1);
  source->remember_users(split);
  return source;
}

TEST(ItemKnnWithout, IsTheSourceOfAllOtherUsers) {
  constexpr std::size_t kItems = 25;
  const Histories all = random_histories(30, kItems, 3);
  const auto split = split_of(all, kItems);
  const auto source = knn(split);
  for (const UserId own : {0u, 7u, 29u}) {
    Histories others = all;
    others[own].clear();
    const auto without = knn(split_of(others, kItems));
    for (std::size_t length = 1; length < all[own].size(); length += 3) {
      const std::span<const ItemId> history(all[own].data(), length);
      std::vector<float> got(kItems), expected(kItems);
      source->score_without(own, history, got);
      without->score_without(kUnknownUser, history, expected);
      for (std::size_t item = 0; item < kItems; ++item) {
        EXPECT_NEAR(got[item], expected[item], 1e-5 * (1 + expected[item])) << "user " << own << " item " << item;
      }
    }
  }
}

TEST(ItemKnnWithout, NobodyIsThePlainSource) {
  const auto split = split_of(random_histories(10, 12, 5), 12);
  const auto source = knn(split);
  const auto history = split->train_items(4);
  std::vector<float> got(12), expected(12);
  source->score_without(kUnknownUser, history, got);
  source->score_all({.history = history}, expected);
  EXPECT_EQ(got, expected);
}

// The mean share on the true next item where histories are random: counts that hold the user's own pairs know it.
double mean_share_of_next(const NeighborEvidence& evidence, const Split& split, bool leave_out) {
  double sum = 0;
  std::size_t prefixes = 0;
  for (UserId user = 0; user < split.corpus().user_count(); ++user) {
    const auto items = split.train_items(user);
    for (std::size_t length = 1; length < items.size(); ++length, ++prefixes) {
      for (const Neighbor& neighbor : evidence.of(items.first(length), leave_out ? user : kUnknownUser)) {
        if (neighbor.item == items[length]) sum += neighbor.share;
      }
    }
  }
  return sum / static_cast<double>(prefixes);
}

TEST(NeighborEvidence, PlainCountsLeakTheLabelAndLeavingOneOutDoesNot) {
  constexpr std::size_t kItems = 400;
  Rng rng(9, "leak test");
  Histories histories(60);
  for (auto& history : histories) {
    for (int i = 0; i < 12; ++i) history.push_back(static_cast<ItemId>(1 + rng.below(kItems - 1)));
  }
  const auto split = split_of(histories, kItems);
  const NeighborEvidence evidence(knn(split), {}, false);
  EXPECT_GT(mean_share_of_next(evidence, *split, false), 0.05);
  EXPECT_LT(mean_share_of_next(evidence, *split, true), 0.01);
}

TEST(NeighborEvidence, SharesSumToOneAndDescend) {
  const auto split = split_of(random_histories(40, 30, 7), 30);
  EvidenceOptions options;
  options.neighbors = 5;
  const NeighborEvidence evidence(knn(split), options, true);
  const auto neighbors = evidence.of(split->train_items(3));
  ASSERT_EQ(neighbors.size(), 5u);
  double sum = 0;
  for (std::size_t i = 0; i < neighbors.size(); ++i) {
    sum += neighbors[i].share;
    if (i > 0) EXPECT_GE(neighbors[i - 1].share, neighbors[i].share);
  }
  EXPECT_NEAR(sum, 1.0, 1e-5);
  EXPECT_TRUE(evidence.of({}).empty());
}

TEST(NeighborEvidence, HistoryIsEvidenceOnlyWhereRepeatsHappen) {
  const auto split = split_of({{1, 2, 1, 2, 3}, {1, 2, 3}, {2, 1}}, 5);
  const std::vector<ItemId> history{1, 2};
  const auto holds = [&](bool repeats, ItemId item) {
    const auto neighbors = NeighborEvidence(knn(split), {}, repeats).of(history);
    return std::ranges::any_of(neighbors, [&](const Neighbor& neighbor) { return neighbor.item == item; });
  };
  EXPECT_TRUE(holds(true, 1));
  EXPECT_FALSE(holds(false, 1));
  EXPECT_TRUE(holds(false, 3));
}

TEST(NeighborEvidence, FeatureIsZeroForNothingAndGrowsWithTheShare) {
  const auto split = split_of({{1, 2}}, 3);
  const NeighborEvidence evidence(knn(split), {}, false);
  EXPECT_EQ(evidence.feature(0.0f), 0.0f);
  EXPECT_NEAR(evidence.feature(1.0f), std::log(1.0001 / 0.0001), 1e-5);
}

TEST(RepeatsHappen, FromHalfAPercentOfTrainingEvents) {
  Histories histories(10);
  for (auto& history : histories) {
    for (ItemId item = 1; item <= 20; ++item) history.push_back(item);
  }
  EXPECT_FALSE(repeats_happen(*split_of(histories, 30)));
  histories[0].push_back(5);
  EXPECT_FALSE(repeats_happen(*split_of(histories, 30)));  // 1 of 201
  histories[1].push_back(5);
  EXPECT_TRUE(repeats_happen(*split_of(histories, 30)));  // 2 of 202
}

}  // namespace
}  // namespace p5
