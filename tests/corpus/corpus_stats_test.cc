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
  EXPECT_EQ(stats.ratings[5], 3u);
  EXPECT_EQ(stats.ratings[2], 1u);
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
  EXPECT_EQ(json.at("rating_histogram").at(5), 3);
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
