#include "evaluate/estimate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/rng.h"

namespace p5 {
namespace {

TEST(Estimate, OfAMeanIsNormal) {
  const std::vector<double> values{1, 2, 3, 6};
  const Estimate mean = mean_estimate(values);
  EXPECT_DOUBLE_EQ(mean.value, 3);
  EXPECT_NEAR(mean.margin, 1.96 * std::sqrt((4 + 1 + 0 + 9) / 3.0) / 2, 1e-12);
  EXPECT_EQ(mean_estimate({}).value, 0);
  EXPECT_TRUE(std::isinf(mean_estimate(std::span(values).first(1)).margin));
}

// 95% of the intervals hold the truth.
TEST(Estimate, IntervalsHoldTheTruthAsOftenAsTheySay) {
  Rng rng(1, "estimate");
  int mean_held = 0, ratio_held = 0;
  constexpr int kTrials = 400;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::vector<double> a(200), b(200);
    for (std::size_t i = 0; i < a.size(); ++i) {
      const double both = rng.uniform();
      a[i] = both + rng.uniform();
      b[i] = 1 + both;
    }
    const Estimate mean = mean_estimate(a), ratio = ratio_estimate(a, b);
    mean_held += std::abs(mean.value - 1) <= mean.margin ? 1 : 0;
    ratio_held += std::abs(ratio.value - 1 / 1.5) <= ratio.margin ? 1 : 0;
  }
  EXPECT_NEAR(mean_held, 0.95 * kTrials, 4 * std::sqrt(0.95 * 0.05 * kTrials));
  EXPECT_NEAR(ratio_held, 0.95 * kTrials, 4 * std::sqrt(0.95 * 0.05 * kTrials));
}

TEST(Estimate, OfAResampledMeanIsThatOfTheMean) {
  Rng rng(2, "estimate");
  std::vector<double> values(300), resampled;
  for (double& value : values) value = rng.uniform();
  for (int i = 0; i < 2000; ++i) {
    double sum = 0;
    for (std::size_t n = 0; n < values.size(); ++n) sum += values[rng.below(values.size())];
    resampled.push_back(sum / 300);
  }
  EXPECT_NEAR(bootstrap_margin(resampled), mean_estimate(values).margin, 0.08 * mean_estimate(values).margin);
}

}  // namespace
}  // namespace p5
