// Training losses whose softmax runs over sets of tokens.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "nn/fused_layers_module.h"
#include "t5/model_batches.h"
#include "t5/t5_torch_model_module.h"

namespace p5 {
namespace {

// Every second target token competes in a set of its own neighbors.
TokenBatch batch_with_sets() {
  TokenBatch batch = test::random_batch({{7, 4}, {5, 3}, {9, 2}}, 3);
  TokenSets sets(2);
  for (TokenId token = 10; token < 60; ++token) sets[static_cast<std::size_t>(token % 2)].push_back(token);
  for (std::size_t i = 0; i < batch.target.size(); ++i) {
    const bool inside = batch.target_mask[i] != 0 && batch.target[i] >= 10 && batch.target[i] < 60;
    batch.target_set.push_back(inside ? static_cast<std::uint32_t>(1 + batch.target[i] % 2) : 0);
  }
  batch.token_sets = std::make_shared<const TokenSets>(std::move(sets));
  return batch;
}

TEST(RestrictedSoftmax, RunsOverTheSetOfEachToken) {
  T5TorchModel model(test::nano(), 4, test::kCpu);
  model.module().eval();
  const TokenBatch batch = batch_with_sets();
  const LogitsResult reference = model.logits(batch);
  double sum = 0, tokens = 0;
  std::size_t restricted = 0;
  for (std::size_t i = 0; i < batch.target.size(); ++i) {
    if (batch.target_mask[i] == 0) continue;
    const float* logits = reference.logits.data() + i * 96;
    double total = 0;
    for (TokenId token = 0; token < 96; ++token) {
      const std::uint32_t set = batch.target_set[i];
      const bool competes = set == 0 || (token >= 10 && token < 60 && 1 + token % 2 == set);
      if (competes) total += std::exp(static_cast<double>(logits[token]));
    }
    restricted += batch.target_set[i] != 0;
    sum += std::log(total) - logits[batch.target[i]];
    ++tokens;
  }
  ASSERT_GT(restricted, 2u);
  EXPECT_NEAR(model.training_loss(batch).mean.item<double>(), sum / tokens, 1e-4);
  TokenBatch whole = batch;
  whole.target_set.clear();
  EXPECT_GT(model.training_loss(whole).mean.item<double>(), sum / tokens);
}

// While it learns; what is measured without a gradient is the full one. A set has 25 tokens.
TEST(RestrictedSoftmax, IsEstimatedFromDrawsWhereTheBatchSaysSo) {
  T5TorchModel model(test::nano(), 4, test::kCpu);
  model.module().eval();
  TokenBatch batch = batch_with_sets();
  const double full = model.training_loss(batch).mean.item<double>();
  batch.set_draws = 25;  // all, as one product; small sets are listed otherwise
  EXPECT_NEAR(model.training_loss(batch).mean.item<double>(), full, 1e-6);
  batch.set_draws = 12;
  torch::manual_seed(5);
  double sum = 0, least = 1e9, most = -1e9;
  constexpr int kTries = 200;
  for (int i = 0; i < kTries; ++i) {
    const double estimate = model.training_loss(batch).mean.item<double>();
    sum += estimate / kTries, least = std::min(least, estimate), most = std::max(most, estimate);
  }
  EXPECT_NEAR(sum, full, 0.05);
  EXPECT_LT(least, most);
  const torch::NoGradGuard no_gradient;
  EXPECT_EQ(model.training_loss(batch).mean.item<double>(), full);
}

TEST(RestrictedSoftmax, FusedAndPlainHaveOneGradient) {
  T5TorchModel model(test::nano(), 4, test::kCpu);
  model.module().eval();
  const TokenBatch batch = batch_with_sets();
  const auto gradients = [&] {
    model.module().zero_grad();
    model.training_loss(batch).mean.backward();
    std::vector<torch::Tensor> all;
    for (const torch::Tensor& parameter : model.module().parameters()) all.push_back(parameter.grad().clone());
    return all;
  };
  const auto fused = gradients();
  const PlainLayers plain;
  const auto expected = gradients();
  for (std::size_t i = 0; i < fused.size(); ++i) {
    const double error = (fused[i] - expected[i]).norm().item<double>();
    // Of the whole network: each sub-layer may be off by 1e-5.
    EXPECT_LE(error, 3e-5 * expected[i].norm().item<double>() + 1e-7) << i;
  }
}

}  // namespace
}  // namespace p5
