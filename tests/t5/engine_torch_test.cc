// The engine without LibTorch against the plain torch module and its scorer.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "decode/beam_search.h"
#include "nn/fused_layers_module.h"
#include "support/temporary_folder.h"
#include "t5/engine_scorer.h"
#include "t5/model_batches.h"
#include "t5/scorer_walk.h"
#include "t5/t5_cpu_model.h"
#include "t5/t5_torch_model_module.h"

namespace p5 {
namespace {

using namespace p5::test;

T5Spec random_spec(std::mt19937& generator) {
  const auto pick = [&](std::initializer_list<std::int64_t> sizes) {
    return sizes.begin()[generator() % sizes.size()];
  };
  T5Spec spec = nano(60 + static_cast<std::int64_t>(generator() % 60));
  spec.d_model = pick({24, 32, 48, 100});
  spec.d_kv = pick({8, 16, 20, 64});
  spec.num_heads = pick({1, 3, 4});
  spec.d_ff = pick({64, 300, 512});
  spec.num_layers = pick({1, 2, 3});
  spec.num_decoder_layers = pick({1, 2, 3});
  spec.feed_forward_proj = generator() % 2 == 0 ? "relu" : "gated-gelu";
  spec.tie_word_embeddings = generator() % 2 == 0;
  spec.scale_decoder_outputs = spec.tie_word_embeddings && generator() % 2 == 0;
  spec.whole_word_rows = pick({0, 32});
  spec.layer_norm_epsilon = generator() % 2 == 0 ? 1e-6 : 1e-3;
  spec.prompt_tokens = pick({0, 3});
  spec.user_prompt_tokens = pick({0, 2});
  spec.user_prompt_rows = 6;
  spec.prefix_tokens = pick({0, 2, 5});
  spec.prefix_decoder_only = generator() % 2 == 0;
  spec.adapter_width = pick({0, 5, 16});
  spec.adapter_after_attention = generator() % 2 == 0;
  spec.sub_layer_biases = generator() % 2 == 0;
  spec.initializer_embedding = 0.2;  // logits that leave no token certain, so that searches have no ties
  return spec;
}

class EngineAgainstTorchTest : public testing::TestWithParam<std::uint32_t> {
 protected:
  void SetUp() override {
    std::mt19937 generator(GetParam());
    const T5Spec spec = random_spec(generator);
    SCOPED_TRACE(spec.feed_forward_proj);
    torch_ = std::make_unique<T5TorchModel>(spec, GetParam(), kCpu);
    for (auto& item : torch_->module().named_parameters()) {
      if (item.key().find("_tail.") == std::string::npos) continue;
      const torch::NoGradGuard guard;
      item.value().normal_(0.0, 0.3);  // adapters begin by changing nothing
    }
    const TemporaryFolder folder;
    torch_->save(folder.path());
    cpu_ = T5CpuModel::load(folder.path(), kCpu);
    sources_ = random_batch({{14, 5}, {6, 3}, {9, 2}, {30, 7}}, GetParam(), static_cast<std::int32_t>(spec.vocab_size));
    sources_.source_mask[2] = 0;
    for (std::int64_t i = 0; i < sources_.rows * spec.user_prompt_tokens; ++i) {
      sources_.user_prompt.push_back(static_cast<std::int32_t>(generator() % 6));
    }
  }

  std::unique_ptr<T5TorchModel> torch_;
  std::unique_ptr<T5CpuModel> cpu_;
  TokenBatch sources_;
};

INSTANTIATE_TEST_SUITE_P(Seeds, EngineAgainstTorchTest, testing::Range(1U, 9U));

TEST_P(EngineAgainstTorchTest, StatesLogitsAndScoresAgree) {
  const LogitsResult got = cpu_->logits(sources_);
  const std::vector<float> scores = cpu_->score_targets(sources_);
  const PlainLayers plain;
  const LogitsResult wanted = torch_->logits(sources_);
  const std::vector<float> wanted_scores = torch_->score_targets(sources_);
  ASSERT_EQ(got.encoder_states.size(), wanted.encoder_states.size());
  for (std::size_t i = 0; i < got.encoder_states.size(); ++i) {
    ASSERT_NEAR(got.encoder_states[i], wanted.encoder_states[i], 1e-4) << i;
  }
  ASSERT_EQ(got.logits.size(), wanted.logits.size());
  for (std::size_t i = 0; i < got.logits.size(); ++i) ASSERT_NEAR(got.logits[i], wanted.logits[i], 2e-4) << i;
  EXPECT_NEAR(got.loss, wanted.loss, 1e-4);
  for (std::size_t i = 0; i < scores.size(); ++i) EXPECT_NEAR(scores[i], wanted_scores[i], 1e-3);
}

TEST_P(EngineAgainstTorchTest, ScorersAgreeStepByStep) {
  for (const bool constrained : {false, true}) {
    const auto engine = torch_->start(sources_);
    ASSERT_NE(dynamic_cast<EngineScorer*>(engine.get()), nullptr);
    const PlainLayers plain;
    const auto reference = torch_->start(sources_);
    walk(4, torch_->spec().vocab_size, {.constrained = constrained, .steps = 6, .rows = 13, .seed = GetParam()},
         [&](const auto&, const ScoreRequest& request) {
           ScoreResult got, wanted;
           engine->score(request, got);
           reference->score(request, wanted);
           ASSERT_EQ(got.offsets, wanted.offsets);
           for (std::size_t i = 0; i < got.values.size(); ++i) {
             EXPECT_EQ(got.values[i].token, wanted.values[i].token) << i;
             EXPECT_NEAR(got.values[i].log_probability, wanted.values[i].log_probability, 2e-4) << i;
           }
         });
  }
}

TEST_P(EngineAgainstTorchTest, SearchesAgree) {
  const BeamOptions options{.beams = 5, .max_length = 12};
  const auto got = beam_search(*cpu_->start(sources_), {}, options);
  const PlainLayers plain;
  const auto wanted = beam_search(*torch_->start(sources_), {}, options);
  ASSERT_EQ(got.size(), wanted.size());
  for (std::size_t row = 0; row < got.size(); ++row) {
    ASSERT_EQ(got[row].size(), wanted[row].size());
    for (std::size_t i = 0; i < got[row].size(); ++i) {
      EXPECT_EQ(got[row][i].tokens, wanted[row][i].tokens) << row << " " << i;
      EXPECT_NEAR(got[row][i].score, wanted[row][i].score, 1e-3);
    }
  }
}

// Weights that change between two searches are packed again.
TEST(T5TorchModelOnTheCpu, SearchesWithTheWeightsOfTheMoment) {
  T5TorchModel model(nano(), 61, kCpu), other(nano(), 62, kCpu);
  const TokenBatch batch = random_batch({{9, 4}}, 63);
  const std::vector<std::int32_t> source = {0};
  const auto best = [&](T5TorchModel& from) {
    ScoreResult result;
    from.start(batch)->score(
        {.source = source, .parent = {}, .last_token = {}, .allowed_offsets = {}, .allowed = {}, .top = 1}, result);
    return result.values[0].log_probability;
  };
  const float before = best(model), wanted = best(other);
  EXPECT_EQ(best(model), before);
  {
    // As the optimiser does: it has held the tensors for long, and a loss precedes its step.
    const std::vector<torch::Tensor> held = model.module().parameters(), from = other.module().parameters();
    EXPECT_EQ(best(model), before);
    model.training_loss(batch);
    const torch::NoGradGuard guard;
    for (std::size_t i = 0; i < held.size(); ++i) held[i].data().copy_(from[i]);
  }
  EXPECT_EQ(best(model), wanted);
  const TemporaryFolder folder;
  T5TorchModel(nano(), 61, kCpu).save(folder.path());
  model.take_weights(folder.path());
  EXPECT_EQ(best(model), before);
}

// On both paths, and whether the weights were packed before or not.
TEST(T5TorchModelOnTheCpu, ReplicasAnswerAsTheModel) {
  auto model = std::make_unique<T5TorchModel>(nano(), 64, kCpu);
  const TokenBatch batch = random_batch({{9, 4}, {5, 2}}, 65);
  const BeamOptions options{.beams = 4, .max_length = 6};
  const auto unpacked = model->replica();
  const auto wanted = beam_search(*model->start(batch), {}, options);
  const std::vector<float> scores = model->score_targets(batch);
  const auto packed = model->replica();
  model.reset();
  for (SequenceModel* copy : {unpacked.get(), packed.get()}) {
    TextGenerator* replica = &ability_of<TextGenerator>(*copy);
    EXPECT_EQ(replica->score_targets(batch), scores);
    const auto fused = beam_search(*replica->start(batch), {}, options);
    const PlainLayers plain;
    const auto got = beam_search(*replica->start(batch), {}, options);
    for (std::size_t row = 0; row < wanted.size(); ++row) {
      EXPECT_EQ(fused[row].front().tokens, wanted[row].front().tokens);
      EXPECT_EQ(fused[row].front().score, wanted[row].front().score);
      EXPECT_EQ(got[row].front().tokens, wanted[row].front().tokens);
    }
  }
}

}  // namespace
}  // namespace p5
