#include "policy/linear_bandit.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace p5 {
namespace {

// One feature: A = 1 + sum of x^2 and theta = sum of r x / A. After x = 1, r = 1 and x = 2, r = 3: A = 6, theta = 7/6.
TEST(LinearBandit, EqualsHandComputedRidgeRegression) {
  LinearBandit bandit(1);
  EXPECT_EQ(bandit.predict(std::vector<double>{1}), 0);
  EXPECT_DOUBLE_EQ(bandit.uncertainty(std::vector<double>{2}), 2);
  bandit.learn(std::vector<double>{1}, 1);
  bandit.learn(std::vector<double>{2}, 3);
  EXPECT_NEAR(bandit.theta()[0], 7.0 / 6, 1e-12);
  EXPECT_NEAR(bandit.uncertainty(std::vector<double>{1}), std::sqrt(1.0 / 6), 1e-12);
}

TEST(LinearBandit, FindsALinearRewardAndGrowsCertain) {
  const std::vector<double> truth{0.5, -1, 2};
  LinearBandit bandit(3, 0.1);
  Rng rng(1, "linear");
  for (int i = 0; i < 3000; ++i) {
    const std::vector<double> x{rng.normal(), rng.normal(), rng.normal()};
    bandit.learn(x, truth[0] * x[0] + truth[1] * x[1] + truth[2] * x[2] + 0.1 * rng.normal());
  }
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(bandit.theta()[i], truth[i], 0.02);
  EXPECT_LT(bandit.uncertainty(std::vector<double>{1, 1, 1}), 0.05);
}

// The spread of drawn models is the model's uncertainty: with two features of which one was never seen, 1 for that one.
TEST(LinearBandit, DrawsModelsAsUncertainAsItIs) {
  LinearBandit bandit(2);
  for (int i = 0; i < 99; ++i) bandit.learn(std::vector<double>{1, 0}, 1);  // A = diag(100, 1)
  Rng rng(2, "draws");
  double first = 0, second = 0;
  constexpr int kDraws = 4000;
  for (int i = 0; i < kDraws; ++i) {
    const auto theta = bandit.draw_theta(1, rng);
    first += (theta[0] - bandit.theta()[0]) * (theta[0] - bandit.theta()[0]) / kDraws;
    second += theta[1] * theta[1] / kDraws;
  }
  EXPECT_NEAR(first, 0.01, 0.001);
  EXPECT_NEAR(second, 1, 0.1);
  EXPECT_EQ(bandit.draw_theta(0, rng), bandit.theta());
}

}  // namespace
}  // namespace p5
