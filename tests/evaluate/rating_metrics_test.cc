#include "evaluate/rating_metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

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
  RatingMetrics wide(3.0, {.minimum = 0.0, .maximum = 10.0});
  wide.add(5.0, 9.0);
  EXPECT_EQ(wide.result().mae, 4.0);
}

// A prediction of exactly 5.0 and one that is no number are both counted: leaving them out flatters.
TEST(RatingMetrics, CountsAllPredictions) {
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

TEST(RatingMetrics, IsZeroForNoPredictions) {
  const RatingResult result = RatingMetrics(3.0).result();
  EXPECT_EQ(result.n, 0u);
  EXPECT_EQ(result.rmse, 0.0);
}

}  // namespace
}  // namespace p5
