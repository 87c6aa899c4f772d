#include "train/optimizer_kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/rng.h"

namespace p5 {
namespace {

std::vector<float> random_values(std::size_t count, std::string_view stream) {
  Rng rng(1, stream);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(rng.normal());
  return values;
}

TEST(OptimizerKernels, SumOfSquaresMatchesThePlainSum) {
  for (const std::size_t count : {0u, 1u, 15u, 16u, 17u, 1000u}) {
    const std::vector<float> values = random_values(count, "squares");
    double expected = 0;
    for (const float value : values) expected += static_cast<double>(value) * value;
    EXPECT_NEAR(sum_of_squares(values), expected, 1e-12 * (1 + expected)) << count;
  }
}

// The formulas once more, plainly and in double precision, over a length that leaves tails everywhere.
TEST(OptimizerKernels, AdamMatchesTheFormula) {
  constexpr std::size_t kCount = 1031;
  std::vector<float> weights = random_values(kCount, "weights"), mean(kCount), square(kCount);
  std::vector<double> w(weights.begin(), weights.end()), m(kCount), v(kCount);
  for (int t = 1; t <= 5; ++t) {
    std::vector<float> gradient = random_values(kCount, "gradient" + std::to_string(t));
    const AdamStep step{.learning_rate = 0.01,
                        .beta1 = 0.9,
                        .beta2 = 0.999,
                        .epsilon = 1e-6,
                        .bias1 = 1 - std::pow(0.9, t),
                        .bias2 = 1 - std::pow(0.999, t),
                        .gradient_scale = 0.5,
                        .decoupled_decay = 0.1,
                        .added_decay = 0.2};
    for (std::size_t i = 0; i < kCount; ++i) {
      const double g = 0.5 * gradient[i] + 0.2 * w[i];
      m[i] = 0.9 * m[i] + 0.1 * g;
      v[i] = 0.999 * v[i] + 0.001 * g * g;
      w[i] = w[i] * (1 - 0.01 * 0.1) - 0.01 * (m[i] / step.bias1) / (std::sqrt(v[i] / step.bias2) + 1e-6);
    }
    adam_update({weights, gradient, mean, square}, step);
    for (const float value : gradient) ASSERT_EQ(value, 0.0f);
  }
  for (std::size_t i = 0; i < kCount; ++i) ASSERT_NEAR(weights[i], w[i], 1e-6) << i;
}

TEST(OptimizerKernels, SgdMatchesTheFormula) {
  constexpr std::size_t kCount = 77;
  std::vector<float> weights = random_values(kCount, "weights"), velocity(kCount);
  std::vector<double> w(weights.begin(), weights.end()), u(kCount);
  for (int t = 1; t <= 5; ++t) {
    std::vector<float> gradient = random_values(kCount, "gradient" + std::to_string(t));
    for (std::size_t i = 0; i < kCount; ++i) {
      u[i] = 0.9 * u[i] + 0.5 * gradient[i] + 0.2 * w[i];
      w[i] -= 0.01 * u[i];
    }
    sgd_update({weights, gradient, velocity},
               {.learning_rate = 0.01, .momentum = 0.9, .gradient_scale = 0.5, .decay = 0.2});
    for (const float value : gradient) ASSERT_EQ(value, 0.0f);
  }
  for (std::size_t i = 0; i < kCount; ++i) ASSERT_NEAR(weights[i], w[i], 1e-6) << i;
}

}  // namespace
}  // namespace p5
