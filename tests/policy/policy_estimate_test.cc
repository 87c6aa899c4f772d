#include "policy/policy_estimate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/rng.h"

namespace p5 {
namespace {

TEST(PolicyEstimate, EmpiricalBernsteinIsItsFormula) {
  // Mean 0.5, sample variance 1/3 of four values; R = 1; ln(4 / 0.05) = 4.38203.
  const std::vector<double> values{0, 1, 0, 1};
  const double log = std::log(80.0);
  const double margin = std::sqrt(2 * (1.0 / 3) * log / 4) + 7 * 1 * log / (3 * 3);
  const Interval interval = empirical_bernstein(values, 0.95);
  EXPECT_NEAR(interval.low, 0.5 - margin, 1e-12);
  EXPECT_NEAR(interval.high, 0.5 + margin, 1e-12);
}

TEST(PolicyEstimate, EqualSeedsGiveEqualIntervals) {
  Rng rng(3, "terms");
  std::vector<EstimatorTerm> terms(300);
  for (EstimatorTerm& term : terms) term.value = rng.normal();
  const PolicyEstimate one = estimate_policy(terms, {.resamples = 200, .seed = 5});
  const PolicyEstimate same = estimate_policy(terms, {.resamples = 200, .seed = 5});
  const PolicyEstimate other = estimate_policy(terms, {.resamples = 200, .seed = 6});
  EXPECT_EQ(one.bootstrap.low, same.bootstrap.low);
  EXPECT_NE(one.bootstrap.low, other.bootstrap.low);
  // Of a mean of 300 standard normal values: about 1.96 / sqrt(300) = 0.113 to each side.
  EXPECT_NEAR(one.bootstrap.high - one.bootstrap.low, 0.226, 0.05);
  ASSERT_TRUE(one.bernstein.has_value());
  EXPECT_GT(one.bernstein->high - one.bernstein->low, one.bootstrap.high - one.bootstrap.low);
}

TEST(PolicyEstimate, RatiosHaveNoBernsteinIntervalAndNothingIsNoNumber) {
  const std::vector<EstimatorTerm> ratio{{.value = 1, .weight = 2}, {.value = 3, .weight = 2}};
  const PolicyEstimate estimate = estimate_policy(ratio, {.resamples = 50});
  EXPECT_DOUBLE_EQ(estimate.value, 1);
  EXPECT_FALSE(estimate.bernstein.has_value());
  const std::vector<EstimatorTerm> nothing{{.value = 0, .weight = 0}, {.value = 0, .weight = 0}};
  EXPECT_TRUE(std::isnan(estimate_policy(nothing, {.resamples = 50}).value));
  EXPECT_TRUE(std::isnan(estimate_policy({}, {}).value));
  const std::vector<EstimatorTerm> one{{.value = 2}};
  EXPECT_FALSE(estimate_policy(one, {}).bernstein.has_value());
}

}  // namespace
}  // namespace p5
