#include "t5/t5_scorer_module.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <memory>
#include <utility>
#include <vector>

#include "nn/fused_layers_module.h"
#include "p5/error.h"
#include "t5/model_batches.h"
#include "t5/scorer_walk.h"
#include "t5/t5_torch_model_module.h"

namespace p5 {
namespace {

using namespace p5::test;

// The scorer of this file, which T5TorchModel::start() makes on GPUs, and here on demand.
std::unique_ptr<NextTokenScorer> start(T5TorchModel& model, const TokenBatch& sources) {
  const PlainLayers plain;
  return model.start(sources);
}

void walk_against_full_forward(const T5Spec& spec, bool constrained) {
  T5TorchModel model(spec, 31, kCpu);
  const TokenBatch sources = random_batch({{14, 0}, {6, 0}, {9, 0}}, 32);
  const std::unique_ptr<NextTokenScorer> scorer = start(model, sources);
  ASSERT_NE(dynamic_cast<T5Scorer*>(scorer.get()), nullptr);
  walk(3, spec.vocab_size, {.constrained = constrained}, [&](const auto& beams, const ScoreRequest& request) {
    ScoreResult result;
    scorer->score(request, result);
    expect_continuations(model, sources, beams, request, result);
  });
}

TEST_P(FormTest, StepsEqualFullForwardPasses) { walk_against_full_forward(spec(), false); }
TEST_P(FormTest, ConstrainedStepsAreNormalisedOverTheAllowed) { walk_against_full_forward(spec(), true); }

TEST(T5Scorer, StepsWithPrefixesEqualFullForwardPasses) {
  T5Spec spec = nano();
  spec.prefix_tokens = 3;
  walk_against_full_forward(spec, false);
  spec.prefix_decoder_only = true;
  walk_against_full_forward(spec, true);
}

TEST(T5Scorer, BeginsAnewWithoutParents) {
  T5TorchModel model(nano(), 35, kCpu);
  const TokenBatch sources = random_batch({{14, 0}, {6, 0}}, 36);
  const std::unique_ptr<NextTokenScorer> scorer = start(model, sources);
  const std::vector<std::int32_t> both = {0, 1}, second = {1}, parent = {1};
  const std::vector<TokenId> last = {7};
  ScoreResult first, step, again;
  scorer->score({.source = both, .parent = {}, .last_token = {}, .allowed_offsets = {}, .allowed = {}, .top = 4},
                first);
  scorer->score(
      {.source = second, .parent = parent, .last_token = last, .allowed_offsets = {}, .allowed = {}, .top = 4}, step);
  scorer->score({.source = both, .parent = {}, .last_token = {}, .allowed_offsets = {}, .allowed = {}, .top = 4},
                again);
  ASSERT_EQ(first.values.size(), again.values.size());
  for (std::size_t i = 0; i < first.values.size(); ++i) {
    EXPECT_EQ(first.values[i].token, again.values[i].token);
    EXPECT_EQ(first.values[i].log_probability, again.values[i].log_probability);
  }
}

TEST(T5Scorer, EqualScoresAreOrderedByToken) {
  T5TorchModel model(nano(), 37, kCpu);
  {
    // All logits are equal: every rank is a tie, also at the border of the best.
    const torch::NoGradGuard guard;
    for (NamedWeight& weight : model.module().weights()) {
      if (weight.name == "decoder.final_layer_norm.weight") weight.tensor.zero_();
    }
  }
  const std::unique_ptr<NextTokenScorer> scorer = start(model, random_batch({{5, 0}, {5, 0}}, 38));
  const std::vector<std::int32_t> source = {0, 1};
  ScoreResult result;
  scorer->score({.source = source, .parent = {}, .last_token = {}, .allowed_offsets = {}, .allowed = {}, .top = 6},
                result);
  for (std::size_t i = 0; i < 12; ++i) EXPECT_EQ(result.values[i].token, static_cast<TokenId>(i % 6));
  const std::vector<std::uint32_t> offsets = {0, 5, 7};
  const std::vector<TokenId> allowed = {4, 9, 17, 30, 41, 8, 90};
  scorer->score(
      {.source = source, .parent = {}, .last_token = {}, .allowed_offsets = offsets, .allowed = allowed, .top = 3},
      result);
  const std::vector<TokenId> wanted = {4, 9, 17, 8, 90};
  ASSERT_EQ(result.values.size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_EQ(result.values[i].token, wanted[i]);
}

// A beam costs only its own tokens, never the source.
TEST(T5Scorer, Pitfall40BeamsShareTheKeysOfTheirSource) {
  T5TorchModel model(nano(), 39, kCpu);
  const auto bytes = [&](int length, int beams) {
    TokenBatch sources = random_batch({{length, 0}, {length, 0}}, 40);
    model.module().eval();
    const auto scorer = start(model, sources);
    auto& t5 = dynamic_cast<T5Scorer&>(*scorer);
    std::vector<std::int32_t> source = {0, 1}, parent;
    std::vector<TokenId> last;
    ScoreResult result;
    for (int step = 0; step < 3; ++step) {
      scorer->score(
          {.source = source, .parent = parent, .last_token = last, .allowed_offsets = {}, .allowed = {}, .top = 1},
          result);
      parent.clear();
      for (int row = 0; row < 2 * beams; ++row) {
        parent.push_back(step == 0 ? row / beams : row);
      }
      source.clear();
      for (int row = 0; row < 2 * beams; ++row) source.push_back(row / beams);
      last.assign(static_cast<std::size_t>(2 * beams), 5);
    }
    return std::pair(t5.source_bytes(), t5.beam_bytes());
  };
  constexpr std::int64_t kTokenBytes = 2 * 2 * 4 * 8 * 4;  // keys and values, blocks, heads, d_kv, float
  EXPECT_EQ(bytes(50, 4), std::pair(2 * 50 * kTokenBytes, 2 * 4 * 3 * kTokenBytes));
  EXPECT_EQ(bytes(50, 8), std::pair(2 * 50 * kTokenBytes, 2 * 8 * 3 * kTokenBytes));
  EXPECT_EQ(bytes(100, 8), std::pair(2 * 100 * kTokenBytes, 2 * 8 * 3 * kTokenBytes));
}

TEST(T5Scorer, RefusesRequestsThatBreakTheContract) {
  T5TorchModel model(nano(), 41, kCpu);
  const std::unique_ptr<NextTokenScorer> scorer = start(model, random_batch({{5, 0}, {4, 0}}, 42));
  const std::vector<std::int32_t> both = {0, 1}, strange = {0, 2}, crossed = {1, 0};
  const std::vector<TokenId> last = {5, 96}, fine = {5, 6};
  ScoreResult result;
  const auto refused = [&](const ScoreRequest& request) {
    try {
      scorer->score(request, result);
    } catch (const Error& error) {
      return error.code() == ErrorCode::kInternal;
    }
    return false;
  };
  const ScoreRequest first{
      .source = both, .parent = {}, .last_token = {}, .allowed_offsets = {}, .allowed = {}, .top = 1};
  ScoreRequest request = first;
  request.source = strange;
  EXPECT_TRUE(refused(request));
  EXPECT_FALSE(refused(first));
  request = {.source = both, .parent = crossed, .last_token = fine, .allowed_offsets = {}, .allowed = {}, .top = 1};
  EXPECT_TRUE(refused(request));
  request = {.source = both, .parent = both, .last_token = last, .allowed_offsets = {}, .allowed = {}, .top = 1};
  EXPECT_TRUE(refused(request));
  request = {.source = both, .parent = both, .last_token = fine, .allowed_offsets = {}, .allowed = {}, .top = 1};
  EXPECT_FALSE(refused(request));
}

}  // namespace
}  // namespace p5
