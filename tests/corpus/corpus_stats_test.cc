#include "corpus/corpus_stats.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/fake_corpus.h"

namespace p5 {
namespace {

using test::FakeCorpus;
using test::FakeData;

FakeCorpus small_corpus() {
  FakeData data{.histories = {{0, 1, 2, 3}, {1, 0, 1}, {2, 1}},
                .ratings = {{5, 4, kNoRating, 1}, {5, 5, 2.4f}, {3, kNoRating}},
                .times = {{0, 10, 10, 86400000}, {5, 6, 7}, {kNoTime, 1}}};
  data.items = 5;
  data.titles = {"t", "", "t", "", ""};
  data.prices = {1.0, 2.0, 3.0};
  data.reviews = {{"r", "", "", ""}, {"", "r", ""}};
  return FakeCorpus(std::move(data));
}

TEST(CorpusStats, CountsBySmallHand) {
  const CorpusStats stats = compute_stats(small_corpus());
  EXPECT_EQ(stats.users, 3u);
  EXPECT_EQ(stats.items, 5u);
  EXPECT_EQ(stats.interactions, 9u);
  EXPECT_DOUBLE_EQ(stats.density, 9.0 / 15);
  EXPECT_DOUBLE_EQ(stats.history_length.mean, 3);
  EXPECT_EQ(stats.history_length.median, 3u);
  EXPECT_EQ(stats.history_length.maximum, 4u);
  EXPECT_EQ(stats.interactions_per_item.minimum, 0u);
  EXPECT_EQ(stats.interactions_per_item.maximum, 4u);
  EXPECT_EQ(stats.first_time_ms, 0);
  EXPECT_EQ(stats.last_time_ms, 86400000);
  EXPECT_DOUBLE_EQ(stats.time_share, 8.0 / 9);
  EXPECT_DOUBLE_EQ(stats.tie_share, 2.0 / 9);
  EXPECT_EQ(stats.rated, 7u);
  EXPECT_NEAR(stats.mean_rating, 25.4 / 7, 1e-6);
  ASSERT_EQ(stats.ratings.bins.size(), 5u);  // 1, 2.4, 3, 4, 5
  EXPECT_EQ(stats.ratings.bins[4].count, 3u);
  EXPECT_EQ(stats.ratings.bins[1].name(), "2.4");
  EXPECT_DOUBLE_EQ(stats.review_share, 2.0 / 9);
  EXPECT_DOUBLE_EQ(stats.headline_share, 0);
  EXPECT_DOUBLE_EQ(stats.title_share, 0.4);
  EXPECT_DOUBLE_EQ(stats.price_share, 0.6);
  // Train: user 0 {0, 1}, user 1 {1}, user 2 all. Test targets 3 (cold) and 1 (a repeat).
  EXPECT_EQ(stats.test_users, 2u);
  EXPECT_EQ(stats.cold_items, 2u);
  EXPECT_DOUBLE_EQ(stats.cold_test_share, 0.5);
  EXPECT_DOUBLE_EQ(stats.repeat_test_share, 0.5);
  EXPECT_DOUBLE_EQ(stats.test_key_greater, 1.0);
}

TEST(CorpusStats, PrintsForPeopleAndPrograms) {
  const CorpusStats stats = compute_stats(small_corpus());
  const std::string table = to_table(stats);
  EXPECT_NE(table.find("users         3\n"), std::string::npos) << table;
  EXPECT_NE(table.find("1970-01-01 to 1970-01-02"), std::string::npos) << table;
  const auto json = nlohmann::json::parse(to_json(stats));
  EXPECT_EQ(json.at("users"), 3);
  EXPECT_EQ(json.at("interactions"), 9);
  EXPECT_EQ(json.at("history_length").at("max"), 4);
  EXPECT_EQ(json.at("rating_histogram").at(4), nlohmann::json({{"rating", 5}, {"count", 3}}));
}

TEST(CorpusStats, SaysInWordsWhetherTheOrderOfEventsLeaks) {
  // The test item of all users has the greater key: 50 of 50 users.
  const CorpusStats leaking = compute_stats(FakeCorpus(std::vector<std::vector<ItemId>>(50, {0, 1, 2})));
  EXPECT_NE(to_table(leaking).find("possible leak"), std::string::npos) << to_table(leaking);
  std::vector<std::vector<ItemId>> histories(25, {0, 1, 2});
  histories.resize(50, {0, 2, 1});
  const std::string table = to_table(compute_stats(FakeCorpus(histories)));
  EXPECT_NE(table.find("no leak found"), std::string::npos) << table;
  EXPECT_NE(table.find("median 3 (quartiles 3 to 3, 90th percentile 3, range 3 to 3)"), std::string::npos) << table;
}

TEST(CorpusStats, CountsBrandsCategoriesAndAttributesAndMakesNamesSafe) {
  FakeData data{.histories = {{0, 1, 2}}};
  data.titles = {"ten\x1b[2Jbells", "", ""};
  data.brands = {"A", "A", "B"};
  data.categories = {{"x", "y"}, {"y"}, {}};
  data.item_attributes = {{{"color", std::string("red")}}, {{"color", std::string("blue")}, {"size", 3.0}}, {}};
  const CorpusStats stats = compute_stats(FakeCorpus(std::move(data)));
  EXPECT_EQ(stats.brands, 2u);
  EXPECT_EQ(stats.categories, 2u);
  ASSERT_EQ(stats.item_attributes.size(), 2u);
  EXPECT_EQ(stats.item_attributes[0].name, "color");
  EXPECT_EQ(stats.item_attributes[0].count, 2u);
  const std::string table = to_table(stats);
  EXPECT_EQ(table.find('\x1b'), std::string::npos);
  EXPECT_NE(table.find("item extras   color 2, size 1 items"), std::string::npos) << table;
  EXPECT_NE(table.find("i0 \"ten"), std::string::npos) << table;
}

TEST(RatingHistogram, HasRealValuesWhereTheyAreFewAndRangesOtherwise) {
  const std::vector<float> few{-3, 7.5f, 7.5f, 0.1f, kNoRating};
  const RatingHistogram values = RatingHistogram::of(few);
  ASSERT_EQ(values.bins.size(), 3u);
  EXPECT_EQ(values.count, 4u);
  EXPECT_EQ(values.bins[0].name(), "-3");
  EXPECT_EQ(values.bins[1].name(), "0.1");
  EXPECT_EQ(values.bins[2].name(), "7.5");
  EXPECT_EQ(values.bins[2].count, 2u);
  std::vector<float> many;
  for (int rating = 0; rating <= 100; ++rating) many.push_back(static_cast<float>(rating));
  const RatingHistogram ranges = RatingHistogram::of(many);
  ASSERT_EQ(ranges.bins.size(), 10u);
  EXPECT_EQ(ranges.bins[0].name(), "0 to 10");
  EXPECT_EQ(ranges.bins[0].count, 10u);
  EXPECT_EQ(ranges.bins[9].count, 11u);  // with 100
}

TEST(CorpusStats, AnEmptyCorpusHasNoNumbersToDivideBy) {
  const CorpusStats stats = compute_stats(FakeCorpus(FakeData{}));
  EXPECT_EQ(stats.density, 0);
  EXPECT_EQ(stats.cold_test_share, 0);
  EXPECT_TRUE(nlohmann::json::parse(to_json(stats)).at("first_time_ms").is_null());
  EXPECT_NE(to_table(stats).find("ratings       none"), std::string::npos);
}

}  // namespace
}  // namespace p5
