#include "retrieval/item_knn_source.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <memory>
#include <vector>

#include "base/rng.h"
#include "p5/error.h"
#include "support/fake_corpus.h"

namespace p5 {
namespace {

using Histories = std::vector<std::vector<ItemId>>;

// Appends a validation and a test item, which must not change anything.
Split split_of(Histories histories, std::size_t items) {
  for (auto& history : histories) history.insert(history.end(), {0, 0});
  return split_leave_one_out(
      std::make_shared<test::FakeCorpus>(test::FakeData{.histories = std::move(histories), .items = items}));
}

std::map<ItemId, float> row_of(const ItemKnnSource& source, ItemId item) {
  std::map<ItemId, float> row;
  for (const auto& neighbor : source.neighbors_of(item)) row[neighbor.item] = neighbor.weight;
  return row;
}

TEST(ItemKnnSource, WeighsPairsByGapDirectionAndCounts) {
  const ItemKnnSource source(split_of({{1, 2, 3}, {1, 2}}, 5), {});
  // n_1 = n_2 = 2, n_3 = 1.
  auto row = row_of(source, 1);
  ASSERT_EQ(row.size(), 2u);
  EXPECT_NEAR(row[2], 2.0 / 5.0, 1e-6);
  EXPECT_NEAR(row[3], (1.0 / 1.2) / std::sqrt(5.0 * 4.0), 1e-6);
  row = row_of(source, 3);
  ASSERT_EQ(row.size(), 2u);
  EXPECT_NEAR(row[2], 0.6 / std::sqrt(4.0 * 5.0), 1e-6);
  EXPECT_NEAR(row[1], 0.6 / 1.2 / std::sqrt(4.0 * 5.0), 1e-6);
  EXPECT_TRUE(source.neighbors_of(0).empty());  // only ever a target
  EXPECT_TRUE(source.neighbors_of(4).empty());
}

TEST(ItemKnnSource, EventsCountByTheirWeights) {
  const auto source_of = [](std::vector<float> weights) {
    return ItemKnnSource(split_leave_one_out(std::make_shared<test::FakeCorpus>(test::FakeData{
                             .histories = {{1, 2, 3, 0, 0}, {1, 2, 0, 0}}, .items = 5, .weights = std::move(weights)})),
                         {});
  };
  const auto plain = row_of(source_of({}), 1), ones = row_of(source_of(std::vector<float>(9, 1.0f)), 1);
  EXPECT_EQ(plain, ones) << "weights of 1 are no weights";
  // The first user's event of item 2 is a view.
  const auto row = row_of(source_of({1, 0.5, 1, 1, 1, 1, 1, 1, 1}), 1);
  EXPECT_NEAR(row.at(2), (0.5 + 1) / std::sqrt((2 + 3.0) * (0.25 + 1 + 3.0)), 1e-6);
  EXPECT_NEAR(row.at(3), (1.0 / 1.2) / std::sqrt(5.0 * 4.0), 1e-6);
}

// What a source would say had it never seen a user is what it says when fit without the user.
TEST(ItemKnnSource, LeavesOneOutByWeightToo) {
  const test::FakeData data{.histories = {{1, 2, 3, 0, 0}, {1, 2, 0, 0}, {2, 3, 1, 0, 0}},
                            .items = 5,
                            .weights = {1, 0.5, 2, 1, 1, 0.25, 1, 1, 1, 1, 3, 0.5, 1, 1}};
  test::FakeData without = data;
  without.histories.erase(without.histories.begin());
  without.weights.erase(without.weights.begin(), without.weights.begin() + 5);
  const auto split = std::make_shared<const Split>(split_leave_one_out(std::make_shared<test::FakeCorpus>(data)));
  ItemKnnSource all(*split, {});
  all.remember_users(split);
  const ItemKnnSource rest(split_leave_one_out(std::make_shared<test::FakeCorpus>(without)), {});
  const std::vector<ItemId> history{1, 2};
  std::vector<float> left(5), fitted(5);
  all.score_without(0, history, left);
  ASSERT_TRUE(rest.score_all({.history = history}, fitted));
  for (ItemId item = 0; item < 5; ++item) EXPECT_NEAR(left[item], fitted[item], 1e-5) << item;
}

TEST(ItemKnnSource, SumsTheHistoryByAge) {
  const ItemKnnSource source(split_of({{1, 2}, {3, 2}}, 4), {});
  const std::vector<ItemId> history{1, 99, 3};  // 99 is unknown but has its position in time
  std::vector<float> scores(4);
  ASSERT_TRUE(source.score_all({.history = history}, scores));
  const double pair = 1.0 / std::sqrt(4.0 * 5.0);
  EXPECT_NEAR(scores[2], pair * (1.0 + 0.36), 1e-6);
  EXPECT_EQ(scores[1], 0.0f);
}

TEST(ItemKnnSource, LooksNoFurtherThanWindowAndHistory) {
  ItemKnnOptions options;
  options.window = 2;
  options.history = 1;
  const ItemKnnSource source(split_of({{1, 2, 3, 4}}, 5), options);
  EXPECT_EQ(row_of(source, 1).count(4), 0u);
  EXPECT_EQ(row_of(source, 1).count(3), 1u);
  std::vector<float> scores(5);
  const std::vector<ItemId> history{1, 4};
  ASSERT_TRUE(source.score_all({.history = history}, scores));
  EXPECT_EQ(scores[2], row_of(source, 4)[2]);  // 1 is older than one step
}

TEST(ItemKnnSource, KnowsNothingOfHiddenItems) {
  const std::vector<ItemId> hidden{2};
  const ItemKnnSource source(hide_items(split_of({{1, 2, 3, 4}, {2, 2}, {3, 1}}, 5), hidden), {});
  const ItemKnnSource without(split_of({{1, 3, 4}, {3, 1}}, 5), {});
  for (ItemId item = 0; item < 5; ++item) EXPECT_EQ(row_of(source, item), row_of(without, item)) << item;
}

TEST(ItemKnnSource, KeepsTheStrongestNeighbors) {
  ItemKnnOptions options;
  options.max_neighbors = 2;
  const ItemKnnSource source(split_of({{1, 2, 3, 4}}, 5), options);
  const auto row = row_of(source, 1);
  EXPECT_EQ(row.size(), 2u);
  EXPECT_EQ(row.count(2), 1u);
  EXPECT_EQ(row.count(3), 1u);
}

// Against the definition written down directly, over random histories with repeats.
TEST(ItemKnnSource, AgreesWithTheDefinitionWhateverTheThreads) {
  constexpr std::size_t kItems = 30;
  Rng rng(3, "knn test");
  Histories histories(60);
  for (auto& history : histories) {
    for (std::uint64_t i = rng.below(40); i > 0; --i) history.push_back(static_cast<ItemId>(rng.below(kItems)));
  }
  std::vector<std::vector<double>> pairs(kItems, std::vector<double>(kItems));
  std::vector<double> counts(kItems);
  for (const auto& history : histories) {
    for (std::size_t i = 0; i < history.size(); ++i) {
      counts[history[i]] += 1;
      for (std::size_t j = i + 1; j < history.size() && j - i <= 20; ++j) {
        const double weight = 1.0 / (1.0 + 0.2 * static_cast<double>(j - i - 1));
        pairs[history[i]][history[j]] += weight;
        pairs[history[j]][history[i]] += 0.6 * weight;
      }
    }
  }
  // An empty history gets no targets: the two items that are appended do not make three.
  const Split split = split_of(histories, kItems);
  std::size_t empty = 0;
  for (const auto& history : histories) empty += history.empty() ? 1 : 0;
  ASSERT_EQ(split.count(Part::kTest), histories.size() - empty);
  for (const std::size_t threads : {1u, 3u}) {
    const ItemKnnSource source(split, {}, threads);
    for (ItemId a = 1; a < kItems; ++a) {
      auto row = row_of(source, a);
      for (ItemId b = 1; b < kItems; ++b) {
        const double expected = pairs[a][b] / std::sqrt((counts[a] + 3) * (counts[b] + 3));
        EXPECT_NEAR(row[b], expected, 1e-5 * (1 + expected)) << a << " -> " << b << ", threads " << threads;
      }
    }
  }
}

TEST(ItemKnnSource, RefusesASplitWithoutHistories) {
  const auto corpus = std::make_shared<test::FakeCorpus>(Histories{{0, 1, 2, 3}});
  const Split split(corpus, {Part::kTest, Part::kTrain, Part::kValid, Part::kTrain}, "ratio");
  ASSERT_FALSE(split.is_sequential());
  EXPECT_THROW(ItemKnnSource(split, {}), Error);
}

TEST(ItemKnnOptions, BindsItsRows) {
  ItemKnnOptions options;
  OptionTable table;
  options.bind(table);
  table.set("knn.recency", "0.5", "test");
  EXPECT_EQ(options.recency, 0.5);
  EXPECT_THROW(table.set("knn.backward", "2", "test"), Error);
}

TEST(ItemKnnSource, ContributionsOfTheHistorySumToTheScore) {
  const auto corpus = std::make_shared<const test::FakeCorpus>(
      std::vector<std::vector<ItemId>>{{0, 1, 2, 3}, {1, 2, 0, 4}, {3, 2, 1, 0}, {0, 4, 2, 1}});
  const ItemKnnSource source(split_leave_one_out(corpus), {});
  const std::vector<ItemId> history{0, 2, 0, 1};
  std::vector<float> scores(source.item_count());
  source.score_without(kUnknownUser, history, scores);
  for (ItemId item = 0; item < source.item_count(); ++item) {
    float sum = 0;
    for (const float part : source.contributions(history, item)) sum += part;
    EXPECT_NEAR(sum, scores[item], 1e-5) << item;
  }
}

}  // namespace
}  // namespace p5
