// Evidence in the logits of a T5: in training, and in the search with LibTorch and without.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <memory>
#include <vector>

#include "nn/fused_layers_module.h"
#include "t5/model_batches.h"
#include "t5/t5_torch_model_module.h"

namespace p5 {
namespace {

constexpr std::int64_t kVocab = 96;

T5Spec with_evidence() {
  T5Spec spec = test::nano();
  spec.evidence_depths = 2;
  spec.evidence_ages = 5;
  return spec;
}

// Gates .5 and 1 as initialised, and repeat weights of -1, -2, ...
void set_repeats(T5TorchModel& model) {
  const torch::NoGradGuard guard;
  for (auto& weight : dynamic_cast<T5Module&>(model.module()).weights()) {
    if (weight.name == "evidence.repeat") weight.tensor.copy_(-1.0f - torch::arange(10).view({2, 5}).to(torch::kFloat));
  }
}

// Some known tokens at every second target position, among them the target itself.
TokenBatch batch_with_evidence(float distill) {
  TokenBatch batch = test::random_batch({{7, 4}, {5, 3}, {9, 2}}, 3);
  batch.evidence.distill = distill;
  batch.evidence.offsets.push_back(0);
  for (std::size_t i = 0; i < batch.target.size(); ++i) {
    if (i % 2 == 0 && batch.target_mask[i] != 0) {
      const TokenId target = batch.target[i], other = target == 50 ? 51 : 50;
      std::vector<KnownToken> known{{.token = target, .feature = 2.0f, .share = 0.25f, .age = 1},
                                    {.token = other, .feature = 4.0f, .share = 0.75f, .age = -1, .depth = 7}};
      if (known[0].token > known[1].token) std::swap(known[0], known[1]);
      batch.evidence.tokens.insert(batch.evidence.tokens.end(), known.begin(), known.end());
    }
    batch.evidence.offsets.push_back(static_cast<std::uint32_t>(batch.evidence.tokens.size()));
  }
  return batch;
}

double bias_of(const KnownToken& known) {
  const int depth = known.depth > 1 ? 1 : known.depth;
  return (depth == 0 ? 0.5 : 1.0) * known.feature + (known.age < 0 ? 0.0 : -1.0 - (5 * depth + known.age));
}

double loss_by_formula(T5TorchModel& model, const TokenBatch& batch) {
  const LogitsResult plain = model.logits(batch);
  double sum = 0, tokens = 0;
  for (std::size_t i = 0; i < batch.target.size(); ++i) {
    if (batch.target_mask[i] == 0) continue;
    std::vector<double> logits(plain.logits.begin() + static_cast<std::ptrdiff_t>(i * kVocab),
                               plain.logits.begin() + static_cast<std::ptrdiff_t>((i + 1) * kVocab));
    std::vector<double> target(kVocab, 0.0);
    double spread = 0;
    for (const KnownToken& known : batch.evidence.at(i)) {
      logits[static_cast<std::size_t>(known.token)] += bias_of(known);
      target[static_cast<std::size_t>(known.token)] += batch.evidence.distill * known.share;
      spread += batch.evidence.distill * known.share;
    }
    target[static_cast<std::size_t>(batch.target[i])] += 1 - spread;
    double total = 0;
    for (const double logit : logits) total += std::exp(logit);
    for (std::size_t token = 0; token < kVocab; ++token) sum += target[token] * (std::log(total) - logits[token]);
    ++tokens;
  }
  return sum / tokens;
}

TEST(T5Evidence, TrainingLossIsTheFormula) {
  T5TorchModel model(with_evidence(), 4, test::kCpu);
  set_repeats(model);
  model.module().eval();
  for (const float distill : {0.0f, 0.3f}) {
    const TokenBatch batch = batch_with_evidence(distill);
    const double expected = loss_by_formula(model, batch);
    EXPECT_NEAR(model.training_loss(batch).mean.item<double>(), expected, 1e-4);
    const PlainLayers plain;
    EXPECT_NEAR(model.training_loss(batch).mean.item<double>(), expected, 1e-4);
  }
}

TEST(T5Evidence, FusedAndPlainHaveOneGradient) {
  T5TorchModel model(with_evidence(), 4, test::kCpu);
  set_repeats(model);
  model.module().eval();
  const TokenBatch batch = batch_with_evidence(0.3f);
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
    EXPECT_LE(error, 3e-5 * expected[i].norm().item<double>() + 1e-7) << i;
  }
}

TEST(T5Evidence, AModelWithoutItsWeightsIgnoresIt) {
  T5TorchModel model(test::nano(), 4, test::kCpu);
  model.module().eval();
  TokenBatch batch = batch_with_evidence(0.3f);
  const double with = model.training_loss(batch).mean.item<double>();
  batch.evidence = {};
  EXPECT_EQ(with, model.training_loss(batch).mean.item<double>());
}

TEST(T5Evidence, BadEvidenceIsRefused) {
  T5TorchModel model(with_evidence(), 4, test::kCpu);
  TokenBatch batch = batch_with_evidence(0.3f);
  batch.evidence.tokens.front().token = 96;
  EXPECT_ANY_THROW(model.training_loss(batch));
  batch = batch_with_evidence(0.3f);
  batch.evidence.offsets.pop_back();
  EXPECT_ANY_THROW(model.training_loss(batch));
}

// The first step of a search over two sources, by the engine and by LibTorch, against logits and biases.
TEST(T5Evidence, SearchAddsItToTheLogitsOfAllowedTokens) {
  T5TorchModel model(with_evidence(), 4, test::kCpu);
  set_repeats(model);
  model.module().eval();
  TokenBatch sources = test::random_batch({{7, 2}, {5, 2}}, 8);
  const LogitsResult plain = model.logits(sources);
  const std::vector<KnownToken> known{{.token = 20, .feature = 3.0f, .age = 0},
                                      {.token = 21, .feature = 5.0f},
                                      {.token = 30, .feature = 1.0f, .age = 4, .depth = 1}};
  const std::vector<std::uint32_t> known_offsets{0, 2, 3};
  const std::vector<TokenId> allowed{10, 20, 30, 40, 5, 30};
  const std::vector<std::uint32_t> allowed_offsets{0, 4, 6};
  const std::vector<std::int32_t> source{0, 1};
  const auto check = [&](bool constrained) {
    ScoreRequest request{.source = source, .known_offsets = known_offsets, .known = known, .top = 4};
    if (constrained) {
      request.allowed_offsets = allowed_offsets;
      request.allowed = allowed;
    }
    ScoreResult result;
    const auto scorer = model.start(sources);
    scorer->score(request, result);
    for (std::size_t row = 0; row < 2; ++row) {
      std::vector<double> logits(kVocab);
      for (std::size_t token = 0; token < kVocab; ++token) {
        logits[token] = plain.logits[row * 2 * kVocab + token];
      }
      for (std::uint32_t i = known_offsets[row]; i < known_offsets[row + 1]; ++i) {
        logits[static_cast<std::size_t>(known[i].token)] += bias_of(known[i]);
      }
      double total = 0;
      for (std::size_t token = 0; token < kVocab; ++token) {
        const auto own =
            std::span(allowed).subspan(allowed_offsets[row], allowed_offsets[row + 1] - allowed_offsets[row]);
        const bool may = !constrained || std::ranges::find(own, static_cast<TokenId>(token)) != own.end();
        if (may) total += std::exp(logits[token]);
      }
      ASSERT_GT(result.offsets[row + 1], result.offsets[row]);
      for (std::uint32_t i = result.offsets[row]; i < result.offsets[row + 1]; ++i) {
        const Continuation& value = result.values[i];
        EXPECT_NEAR(value.log_probability, logits[static_cast<std::size_t>(value.token)] - std::log(total), 1e-4);
      }
    }
  };
  check(true);
  check(false);
  const PlainLayers without_engine;
  check(true);
  check(false);
}

}  // namespace
}  // namespace p5
