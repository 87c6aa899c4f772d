#include "privacy/rdp_accountant.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace p5 {
namespace {

// google/differential-privacy, rdp_privacy_accountant_test.py, test_compute_rdp_poisson_sampled_gaussian, and
// TensorFlow Privacy's rdp_accountant_test.py: 50 steps at rate 0.01 and noise 2.5.
TEST(RdpAccountant, DivergencesEqualThoseOfTensorFlowPrivacy) {
  const std::pair<double, double> published[] = {
      {1.5, 6.5007e-04}, {2.5, 1.0854e-03}, {5, 2.1808e-03}, {50, 2.3846e-02}, {100, 1.6742e+02}};
  for (const auto& [order, value] : published) {
    EXPECT_NEAR(50 * renyi_divergence(0.01, 2.5, order), value, 1e-4 * value) << order;
  }
  EXPECT_EQ(renyi_divergence(0.01, 2.5, std::numeric_limits<double>::infinity()),
            std::numeric_limits<double>::infinity());
  EXPECT_NEAR(10 * renyi_divergence(0.1, 2, 5), 0.07737, 1e-5);
}

TEST(RdpAccountant, WithoutSamplingItIsTheGaussianMechanism) {
  EXPECT_DOUBLE_EQ(renyi_divergence(1, 10, 20), 0.1);
  EXPECT_NEAR(renyi_divergence(1 - 1e-12, 10, 20), 0.1, 1e-6);
  EXPECT_NEAR(renyi_divergence(1 - 1e-9, 3, 7.3), 7.3 / 18, 1e-6);
}

// Both formulas give a smooth function of the order.
TEST(RdpAccountant, OrdersBetweenWholeOnesContinueThem) {
  for (const double rate : {1e-4, 0.01, 0.2, 0.7, 0.99}) {
    for (const double noise : {0.5, 1.0, 2.0, 8.0}) {
      for (const double order : {2.0, 3.0, 7.0, 20.0}) {
        const double whole = renyi_divergence(rate, noise, order);
        const double near = renyi_divergence(rate, noise, order + 1e-7);
        EXPECT_NEAR(near, whole, 1e-4 * whole + 1e-12) << rate << " " << noise << " " << order;
      }
    }
  }
}

// The definition, integrated: A = E_{z ~ N(0, s^2)} of ((1 - q) + q exp((2 z - 1) / (2 s^2)))^order.
TEST(RdpAccountant, DivergencesEqualTheIntegral) {
  for (const double rate : {0.02, 0.3}) {
    for (const double order : {1.3, 2.7, 4.0, 9.5}) {
      const double noise = 1.5;
      double moment = 0;
      for (double z = -60; z < 60; z += 1e-3) {
        const double density = std::exp(-z * z / (2 * noise * noise)) / (noise * std::sqrt(2 * M_PI));
        moment += density * std::pow(1 - rate + rate * std::exp((2 * z - 1) / (2 * noise * noise)), order) * 1e-3;
      }
      const double expected = std::log(moment) / (order - 1);
      EXPECT_NEAR(renyi_divergence(rate, noise, order), expected, 1e-6 * expected + 1e-9) << rate << " " << order;
    }
  }
}

// Opacus, opacus/tests/accountants_test.py: test_rdp_accountant (noise 1.5, rate 0.04, 90 epochs).
TEST(RdpAccountant, EpsilonEqualsOpacus) {
  EXPECT_NEAR(epsilon_of({.rate = 0.04, .noise = 1.5, .steps = 2250}, 1e-5).epsilon, 7.32911117143, 1e-6);
}

// The same file: test_get_noise_multiplier_rdp_epochs and _rdp_steps, which search to an epsilon of 0.01.
TEST(RdpAccountant, NoiseEqualsOpacus) {
  EXPECT_NEAR(noise_for(8, 1e-5, 0.04, 2250), 1.416, 2e-3);
  EXPECT_NEAR(noise_for(8, 1e-5, 0.04, 2000), 1.3562, 2e-3);
}

// By hand as in google/differential-privacy, test_compute_epsilon_delta_pure_dp: a divergence of 1.1 at order 32 is
// epsilon 1.32783806176 at delta 1e-5. The Gaussian mechanism has that divergence at 32 / (2 noise^2) = 1.1.
TEST(RdpAccountant, ConversionEqualsTensorFlowPrivacy) {
  const double by_hand = 1.1 - (std::log(1e-5) + std::log(32)) / 31 + std::log(31.0 / 32);
  EXPECT_NEAR(by_hand, 1.32783806176, 1e-9);
  const PrivacySpent spent = epsilon_of({.rate = 1, .noise = std::sqrt(32 / 2.2), .steps = 1}, 1e-5);
  EXPECT_LE(spent.epsilon, by_hand);
}

TEST(RdpAccountant, NoiseAndStepsKeepToTheBudget) {
  for (const double epsilon : {0.5, 2.0, 8.0}) {
    const double noise = noise_for(epsilon, 1e-5, 0.05, 300);
    EXPECT_LE(epsilon_of({.rate = 0.05, .noise = noise, .steps = 300}, 1e-5).epsilon, epsilon);
    EXPECT_GT(epsilon_of({.rate = 0.05, .noise = 0.999 * noise, .steps = 300}, 1e-5).epsilon, epsilon);
    const std::int64_t steps = steps_for(epsilon, 1e-5, 0.05, noise);
    EXPECT_GE(steps, 300);
    EXPECT_GT(epsilon_of({.rate = 0.05, .noise = noise, .steps = steps + 1}, 1e-5).epsilon, epsilon);
  }
}

TEST(RdpAccountant, StepsCompose) {
  const SampledGaussian parts[] = {{.rate = 0.01, .noise = 1.1, .steps = 70},
                                   {.rate = 0.01, .noise = 1.1, .steps = 30}};
  EXPECT_NEAR(epsilon_of(parts, 1e-6).epsilon, epsilon_of({.rate = 0.01, .noise = 1.1, .steps = 100}, 1e-6).epsilon,
              1e-9);
  EXPECT_EQ(epsilon_of({.rate = 0.01, .noise = 1.1, .steps = 0}, 1e-6).epsilon, 0);
}

TEST(RdpAccountant, AnEpsilonBelowWhatOrdersCanGiveHasNoNoise) {
  EXPECT_TRUE(std::isinf(noise_for(1e-4, 1e-5, 0.05, 300)));
}

}  // namespace
}  // namespace p5
