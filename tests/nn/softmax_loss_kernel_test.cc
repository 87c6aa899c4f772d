// Against the formulas in double precision, on shapes that leave tiles and blocks part full.
#include "nn/softmax_loss_kernel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/rng.h"

namespace p5 {
namespace {

struct Case {
  std::int64_t rows, vocab, d_model;
  double scale;     // of the logits
  bool ascending;   // each item's logits far above those before it, so that every block finds a new maximum
  double accuracy;  // of gradients, in the Frobenius norm
};

double relative_error(const std::vector<float>& got, const std::vector<double>& expected) {
  double error = 0, norm = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    error += (got[i] - expected[i]) * (got[i] - expected[i]);
    norm += expected[i] * expected[i];
  }
  return std::sqrt(error / norm);
}

class SoftmaxOfShape : public ::testing::TestWithParam<Case> {};

TEST_P(SoftmaxOfShape, LossesAndSlopesAreTheFormula) {
  const Case c = GetParam();
  Rng rng(11, "softmax test");
  const auto at = [](std::int64_t i) { return static_cast<std::size_t>(i); };
  std::vector<float> states(at(c.rows * c.d_model)), output(at(c.vocab * c.d_model)), weights(at(c.rows));
  const double spread = std::sqrt(c.scale / std::sqrt(static_cast<double>(c.d_model)));
  for (float& value : states) value = static_cast<float>(rng.normal() * spread);
  for (float& value : output) value = static_cast<float>(rng.normal() * spread);
  for (float& value : weights) value = static_cast<float>(rng.normal());
  if (c.ascending) {
    for (std::int64_t row = 0; row < c.rows; ++row) states[at(row * c.d_model)] = 1.0f;
    for (std::int64_t item = 0; item < c.vocab; ++item)
      output[at(item * c.d_model)] = static_cast<float>(item) - 200.0f;
  }
  std::vector<std::int64_t> labels;
  for (std::int64_t row = 0; row < c.rows; ++row) labels.push_back((row * 37 + 5) % c.vocab);

  std::vector<double> loss(at(c.rows)), states_slope(states.size()), output_slope(output.size());
  double largest = 0;
  for (std::int64_t row = 0; row < c.rows; ++row) {
    std::vector<double> logits(at(c.vocab), 0.0);
    for (std::int64_t item = 0; item < c.vocab; ++item) {
      for (std::int64_t k = 0; k < c.d_model; ++k) {
        logits[at(item)] += static_cast<double>(states[at(row * c.d_model + k)]) * output[at(item * c.d_model + k)];
      }
      largest = std::max(largest, std::abs(logits[at(item)]));
    }
    const double most = *std::max_element(logits.begin(), logits.end());
    double sum = 0;
    for (const double logit : logits) sum += std::exp(logit - most);
    loss[at(row)] = most + std::log(sum) - logits[at(labels[at(row)])];
    for (std::int64_t item = 0; item < c.vocab; ++item) {
      const double softmax = std::exp(logits[at(item)] - most) / sum;
      const double slope = weights[at(row)] * (softmax - (item == labels[at(row)] ? 1.0 : 0.0));
      for (std::int64_t k = 0; k < c.d_model; ++k) {
        states_slope[at(row * c.d_model + k)] += slope * output[at(item * c.d_model + k)];
        output_slope[at(item * c.d_model + k)] += slope * states[at(row * c.d_model + k)];
      }
    }
  }

  SoftmaxLossKernel kernel;
  const SoftmaxLossKernel::Problem problem = {c.rows, c.vocab, c.d_model, states.data(), output.data(), labels.data()};
  std::vector<float> losses(at(c.rows)), log_sums(at(c.rows)), got_states(states.size()), got_output(output.size());
  kernel.losses(problem, losses.data(), log_sums.data());
  kernel.gradients(problem, log_sums.data(), {weights.data(), got_states.data(), got_output.data()});
  for (std::int64_t row = 0; row < c.rows; ++row) {
    EXPECT_NEAR(losses[at(row)], loss[at(row)], 5e-7 * std::max(1.0, largest)) << "row " << row;
  }
  EXPECT_LE(relative_error(got_states, states_slope), c.accuracy);
  EXPECT_LE(relative_error(got_output, output_slope), c.accuracy);
}

INSTANTIATE_TEST_SUITE_P(Shapes, SoftmaxOfShape,
                         ::testing::Values(Case{1, 2, 3, 1, false, 5e-5}, Case{17, 33, 20, 1, false, 1e-5},
                                           Case{33, 47, 64, 3, false, 1e-5}, Case{70, 530, 24, 3, false, 1e-5},
                                           Case{64, 1030, 40, 10, false, 2e-5}, Case{49, 600, 16, 1, true, 1e-4}));

}  // namespace
}  // namespace p5
