#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "retrieval/category_popularity_source.h"
#include "retrieval/random_log.h"
#include "retrieval/recent_popularity_source.h"

namespace p5 {
namespace {

using test::scores_of;
constexpr std::int64_t kDay = 86'400'000;

Split split_of(test::FakeData data) { return split_leave_one_out(std::make_shared<test::FakeCorpus>(std::move(data))); }

// The last two items of each user are held out and must not count.
TEST(RecentPopularitySource, HalvesTheWeightWithTheHalfLife) {
  RecentPopularityOptions options;
  options.half_life_days = 2;
  const RecentPopularitySource source(
      split_of({.histories = {{0, 1, 2, 2}, {1, 2, 2}},
                .items = 4,
                .times = {{0, 2 * kDay, 9 * kDay, 9 * kDay}, {6 * kDay, 9 * kDay, 9 * kDay}}}),
      options);
  const auto scores = scores_of(source, {});
  EXPECT_NEAR(scores[0], 0.125, 1e-6);       // three half-lives before the last training event
  EXPECT_NEAR(scores[1], 0.25 + 1.0, 1e-6);  // two, and none
  EXPECT_EQ(scores[2], 0.0f);
}

TEST(RecentPopularitySource, CountsEventsWhereThereAreNoTimes) {
  RecentPopularityOptions options;
  options.half_life_events = 1;
  const RecentPopularitySource source(
      split_of({.histories = {{0, 1, 2, 3, 3}, {1, 3, 3}},
                .items = 4,
                .times = {{kNoTime, kNoTime, kNoTime, kNoTime, kNoTime}, {kNoTime, kNoTime, kNoTime}}}),
      options);
  const auto scores = scores_of(source, {});
  EXPECT_NEAR(scores[0], 0.25, 1e-6);
  EXPECT_NEAR(scores[1], 0.5 + 1.0, 1e-6);
  EXPECT_NEAR(scores[2], 1.0, 1e-6);
  EXPECT_EQ(scores_of(RecentPopularitySource(source.state(), 4), {}), scores);
}

TEST(CategoryPopularitySource, SpreadsTheHistorysCategoriesOverTheirItems) {
  CategoryPopularityOptions options;
  options.backoff = 0.5;
  options.weights.recency = 0.5;
  // Train parts: {0, 1}, {1, 2}. Counts 1, 2, 1.
  const CategoryPopularitySource source(
      split_of(
          {.histories = {{0, 1, 3, 3}, {1, 2, 3, 3}}, .items = 5, .categories = {{"a"}, {"a", "b"}, {"b"}, {"b"}, {}}}),
      options);
  const auto of_zero = scores_of(source, {0});  // "a" alone: 0 and 1 have a third and two thirds of it
  EXPECT_NEAR(of_zero[0], 1.0 / 3 + 0.5 / 4, 1e-6);
  EXPECT_NEAR(of_zero[1], 2.0 / 3 + 0.5 * 2 / 4, 1e-6);
  EXPECT_NEAR(of_zero[2], 0.5 / 4, 1e-6);
  const auto of_both = scores_of(source, {2, 0});  // "b" weighs half of "a"
  EXPECT_NEAR(of_both[2], (1.0 / 3) * (1.0 / 3) + 0.5 / 4, 1e-6);
  const auto of_none = scores_of(source, {4});  // nothing is known of it: popularity
  EXPECT_NEAR(of_none[1], 0.5, 1e-6);
}

TEST(CategoryPopularitySource, TakesBrandsWhereTheCatalogueHasNoCategories) {
  const CategoryPopularitySource source(
      split_of({.histories = {{0, 1, 3, 3}, {1, 2, 3, 3}}, .items = 4, .brands = {"x", "y", "x", "y"}}), {});
  const auto scores = scores_of(source, {0});
  EXPECT_GT(scores[2], scores[1]);
}

}  // namespace
}  // namespace p5
