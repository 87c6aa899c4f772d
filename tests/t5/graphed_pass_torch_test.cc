// Passes of fixed shapes against the loss and gradient of the batch as it is.
#include "t5/graphed_pass_module.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "model/token_batch_check.h"
#include "t5/model_batches.h"
#include "t5/t5_torch_model_module.h"

namespace p5 {
namespace {

using namespace p5::test;

T5Spec spec_with_weights() {
  T5Spec spec = nano();
  spec.evidence_depths = 2;
  spec.evidence_ages = 5;
  return spec;
}

TokenBatch dense_batch() { return random_batch({{14, 5}, {9, 2}, {11, 7}, {3, 1}, {6, 3}}, 21); }

TokenBatch batch_of_weights() {
  TokenBatch batch = dense_batch();
  batch.row_weight = {1.0f, 0.0f, 0.5f, 2.0f, 0.25f};
  return batch;
}

// Every third label competes with all tokens, the others with one of two sets.
TokenBatch batch_of_sets() {
  TokenBatch batch = batch_of_weights();
  TokenSets sets(2);
  batch.target_set.assign(batch.target.size(), 0);
  for (std::size_t i = 0; i < batch.target.size(); ++i) {
    if (batch.target_mask[i] == 0 || i % 3 == 0) continue;
    batch.target_set[i] = static_cast<std::uint32_t>(1 + i % 2);
    sets[i % 2].push_back(batch.target[i]);
  }
  for (auto& set : sets) {
    for (TokenId token = 10; token < 60; token += 3) set.push_back(token);
    std::ranges::sort(set);
    set.erase(std::unique(set.begin(), set.end()), set.end());
  }
  batch.token_sets = std::make_shared<const TokenSets>(std::move(sets));
  return batch;
}

TokenBatch batch_of_evidence() {
  TokenBatch batch = batch_of_sets();
  batch.evidence.distill = 0.3f;
  batch.evidence.offsets.push_back(0);
  for (std::size_t i = 0; i < batch.target.size(); ++i) {
    if (i % 2 == 0 && batch.target_mask[i] != 0) {
      std::vector<KnownToken> known{{.token = 10, .feature = 2.0f, .share = 0.25f, .age = 1},
                                    {.token = 12, .feature = 1.0f, .share = 0.25f},  // in none of the sets
                                    {.token = 13, .feature = 4.0f, .share = 0.5f, .age = -1, .depth = 7}};
      batch.evidence.tokens.insert(batch.evidence.tokens.end(), known.begin(), known.end());
    }
    batch.evidence.offsets.push_back(static_cast<std::uint32_t>(batch.evidence.tokens.size()));
  }
  return batch;
}

TokenBatch batch_of_policy() {
  TokenBatch batch = dense_batch();
  batch.objective = kPolicyGradient;
  batch.row_weight = {1.0f, -1.0f, 0.5f, -0.5f, 0.0f};
  return batch;
}

// Gradients of all parameters, with zeros in the place of those that have none.
torch::Tensor gradient_of(T5Module& module) {
  std::vector<torch::Tensor> all;
  for (const torch::Tensor& parameter : module.parameters()) {
    all.push_back((parameter.grad().defined() ? parameter.grad() : torch::zeros_like(parameter)).flatten().clone());
  }
  return torch::cat(all);
}

class GraphedPassTest : public testing::TestWithParam<int> {
 protected:
  TokenBatch batch() const {
    switch (GetParam()) {
      case 0:
        return dense_batch();
      case 1:
        return batch_of_weights();
      case 2:
        return batch_of_sets();
      case 3:
        return batch_of_evidence();
      default:
        return batch_of_policy();
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Batches, GraphedPassTest, testing::Range(0, 5));

TEST_P(GraphedPassTest, LossAndGradientAreThoseOfTheBatch) {
  T5TorchModel model(spec_with_weights(), 9, kCpu);
  auto& module = dynamic_cast<T5Module&>(model.module());
  module.eval();  // without dropout
  module.zero_grad();
  const TrainingPass expected = model.add_gradients(batch(), false);
  const torch::Tensor gradient = gradient_of(module);
  module.zero_grad();
  GraphedPasses passes(module, model.spec(), torch::kCPU, false);
  const TrainingPass got = passes.add_gradients(batch());
  EXPECT_NEAR(got.mean, expected.mean, 1e-5);
  EXPECT_DOUBLE_EQ(got.tokens, expected.tokens);
  ASSERT_EQ(got.rows.size(), expected.rows.size());
  for (std::size_t row = 0; row < got.rows.size(); ++row) EXPECT_NEAR(got.rows[row], expected.rows[row], 1e-4);
  EXPECT_LT(((gradient_of(module) - gradient).norm() / gradient.norm()).item<double>(), 1e-4);
  EXPECT_EQ(passes.recorded(), 0);  // not on the CPU
}

TEST(FixedBatch, ShapesAreFew) {
  for (const std::int64_t steps : {1, 4}) {
    std::int64_t before = 0, sizes = 0;
    for (std::int64_t size = 1; size <= 1024; ++size) {
      const std::int64_t rounded = rounded_size(size, steps);
      ASSERT_GE(rounded, size);
      ASSERT_LE(rounded, size + size / steps + 1);
      ASSERT_EQ(rounded_size(rounded, steps), rounded);
      if (rounded != before) ++sizes;
      before = rounded;
    }
    EXPECT_EQ(sizes, steps == 1 ? 11 : 36);
  }
}

TEST(BlockedCrossEntropy, BlocksDoNotMatter) {
  torch::manual_seed(3);
  const torch::Tensor labels = torch::tensor({1, 5, 0, 4, 2}), weights = torch::tensor({1.0f, 0.5f, 0.0f, 2.0f, 1.0f});
  const torch::Tensor start = torch::randn({5, 8}), table = torch::randn({7, 8});
  std::vector<torch::Tensor> sums, gradients;
  for (const std::int64_t block : {7, 14, 1000}) {
    const torch::Tensor states = start.clone().requires_grad_(), output = table.clone().requires_grad_();
    const WeightedLoss loss = blocked_cross_entropy(states, output, labels, weights, {}, block);
    (3 * loss.sum).backward();
    sums.push_back(loss.sum.detach());
    gradients.push_back(torch::cat({states.grad(), output.grad()}));
  }
  const torch::Tensor expected =
      (torch::nll_loss(torch::linear(start, table).log_softmax(-1), labels, {}, at::Reduction::None) * weights).sum();
  for (std::size_t i = 0; i < sums.size(); ++i) {
    EXPECT_NEAR(sums[i].item<double>(), expected.item<double>(), 1e-5);
    EXPECT_TRUE(torch::allclose(gradients[i], gradients[0], 1e-5, 1e-6));
  }
}

}  // namespace
}  // namespace p5
