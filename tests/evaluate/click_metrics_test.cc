#include "evaluate/click_metrics.h"

#include <gtest/gtest.h>

#include <cmath>

namespace p5 {
namespace {

TEST(ClickMetrics, LogLossAndAucAgreeWithHandCounts) {
  ClickMetrics metrics;
  metrics.add(true, 0.5);
  metrics.add(false, 0.25);
  metrics.add(false, 0.5);
  const ClickResult result = metrics.result();
  EXPECT_DOUBLE_EQ(result.log_loss, -(std::log(0.5) + std::log(0.75) + std::log(0.5)) / 3);
  ASSERT_EQ(result.log_losses.size(), 3u);
  EXPECT_DOUBLE_EQ(result.log_losses[1], -std::log(0.75));
  ASSERT_TRUE(result.auc.has_value());
  EXPECT_DOUBLE_EQ(*result.auc, 0.75);  // beats 0.25, ties with 0.5
}

// Twenty answers in ten groups of two: nine groups say 0 and see none, one says 0.75 and sees one click of two.
TEST(ClickMetrics, CalibrationErrorIsTheMeanOverGroups) {
  ClickMetrics metrics;
  metrics.add(true, 0.75);
  metrics.add(false, 0.75);
  for (int i = 0; i < 18; ++i) metrics.add(false, 0.0);
  EXPECT_NEAR(metrics.result().calibration_error, 0.25 / 10, 1e-12);
}

// One probability for all, and it is right: whatever the order of the answers.
TEST(ClickMetrics, AConstantThatIsRightIsCalibrated) {
  ClickMetrics metrics;
  for (int i = 0; i < 40; ++i) metrics.add(i % 4 == 0, 0.25);
  EXPECT_NEAR(metrics.result().calibration_error, 0, 1e-12);
}

TEST(ClickMetrics, CertainMistakesAreFiniteAndOneClassHasNoAuc) {
  ClickMetrics metrics;
  metrics.add(true, 0.0);
  metrics.add(true, 1.0);
  const ClickResult result = metrics.result();
  EXPECT_NEAR(result.log_losses[0], -std::log(1e-6), 1e-9);
  EXPECT_FALSE(result.auc.has_value());
  EXPECT_EQ(ClickMetrics().result().log_loss, 0);
}

}  // namespace
}  // namespace p5
