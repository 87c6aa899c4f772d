#include "evaluate/rating_metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <utility>

namespace p5 {
namespace {

TEST(RatingMetrics, FollowsTheFormulas) {
  RatingMetrics metrics(3.0);
  metrics.add(5.0, 4.0);
  metrics.add(2.0, 4.0);
  const RatingResult result = metrics.result();
  EXPECT_EQ(result.n, 2u);
  EXPECT_DOUBLE_EQ(result.rmse, std::sqrt(2.5));
  EXPECT_DOUBLE_EQ(result.mae, 1.5);
  EXPECT_EQ(result.coverage, 1.0);
}

TEST(RatingMetrics, ClampsToTheScale) {
  RatingMetrics metrics(3.0);
  metrics.add(5.0, 9.0);
  metrics.add(1.0, -4.0);
  EXPECT_EQ(metrics.result().rmse, 0.0);
  RatingMetrics wide(3.0, RatingScale(0, 10, 0));
  wide.add(5.0, 9.0);
  EXPECT_EQ(wide.result().mae, 4.0);
}

// A prediction of exactly 5.0 and one that is not a number are both counted: leaving them out flatters.
TEST(RatingMetrics, Pitfall10CountsAllPredictions) {
  RatingMetrics metrics(4.0);
  metrics.add(3.0, 5.0);
  metrics.add(1.0, std::nan(""));
  metrics.add(4.0, std::numeric_limits<double>::infinity());
  metrics.add(5.0, 5.0);
  const RatingResult result = metrics.result();
  EXPECT_EQ(result.n, 4u);
  EXPECT_DOUBLE_EQ(result.mae, (2.0 + 3.0) / 4);
  EXPECT_DOUBLE_EQ(result.rmse, std::sqrt((4.0 + 9.0) / 4));
  EXPECT_DOUBLE_EQ(result.coverage, 0.5);
}

// Truths 1, 2, 3, 4 have mean 2.5 and squared deviations 2.25 + 0.25 + 0.25 + 2.25 = 5. Errors 1, 0, 0, 1: 1 - 2 / 5.
TEST(RatingMetrics, R2ComparesWithTheMeanOfTheTruths) {
  RatingMetrics metrics(3.0), mean(3.0), constant(3.0);
  for (const auto& [truth, predicted] : {std::pair(1.0, 2.0), {2.0, 2.0}, {3.0, 3.0}, {4.0, 5.0}}) {
    metrics.add(truth, predicted);
    mean.add(truth, 2.5);
    constant.add(4.0, predicted);
  }
  ASSERT_TRUE(metrics.result().r2.has_value());
  EXPECT_DOUBLE_EQ(*metrics.result().r2, 0.6);
  EXPECT_NEAR(*mean.result().r2, 0.0, 1e-12);
  EXPECT_FALSE(constant.result().r2.has_value());
}

TEST(RatingMetrics, IsZeroForNoPredictions) {
  const RatingResult result = RatingMetrics(3.0).result();
  EXPECT_EQ(result.n, 0u);
  EXPECT_EQ(result.rmse, 0.0);
}

}  // namespace
}  // namespace p5
