#include "model/t5_scorer_module.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "model/model_batches.h"
#include "model/torch_sequence_model_module.h"
#include "p5/error.h"

namespace p5 {
namespace {

using namespace p5::test;

struct Beam {
  std::int32_t source;
  std::vector<TokenId> tokens;  // after the start token
};

// Log-probabilities of the next token by a full forward pass: [vocab].
torch::Tensor next_by_full_forward(TorchSequenceModel& model, const TokenBatch& sources, const Beam& beam) {
  TokenBatch one = single_row(sources, beam.source);
  one.target = beam.tokens;
  one.target.push_back(kEndToken);  // never read: the decoder sees what stands before
  one.target_length = static_cast<std::int32_t>(one.target.size());
  one.target_mask.assign(one.target.size(), 1);
  const LogitsResult result = model.logits(one);
  const torch::Tensor logits = torch::tensor(result.logits).view({one.target_length, -1});
  return logits[one.target_length - 1].log_softmax(-1);
}

void expect_continuations(TorchSequenceModel& model, const TokenBatch& sources, const std::vector<Beam>& beams,
                          const ScoreRequest& request, const ScoreResult& result) {
  ASSERT_EQ(result.offsets.size(), beams.size() + 1);
  for (std::size_t row = 0; row < beams.size(); ++row) {
    SCOPED_TRACE("row " + std::to_string(row));
    torch::Tensor scores = next_by_full_forward(model, sources, beams[row]);
    std::vector<std::int64_t> allowed(static_cast<std::size_t>(scores.size(0)));
    std::iota(allowed.begin(), allowed.end(), 0);
    if (!request.allowed_offsets.empty()) {
      allowed.assign(request.allowed.begin() + request.allowed_offsets[row],
                     request.allowed.begin() + request.allowed_offsets[row + 1]);
    }
    const std::size_t count = result.offsets[row + 1] - result.offsets[row];
    ASSERT_EQ(count, std::min<std::size_t>(allowed.size(), static_cast<std::size_t>(request.top)));
    if (count == 0) continue;
    scores = scores.index_select(0, torch::tensor(allowed)).log_softmax(-1);
    const auto [wanted, order] = at::sort(scores, /*stable=*/true, /*dim=*/-1, /*descending=*/true);
    for (std::size_t i = 0; i < count; ++i) {
      const Continuation& got = result.values[result.offsets[row] + i];
      EXPECT_NEAR(got.log_probability, wanted[static_cast<std::int64_t>(i)].item<float>(), 1e-4);
      EXPECT_EQ(got.token, allowed[static_cast<std::size_t>(order[static_cast<std::int64_t>(i)].item<std::int64_t>())]);
    }
  }
}

// Walks `steps` steps with ragged, shuffled rows: beams are repeated, dropped and interleaved between sources.
void walk(const ModelSpec& spec, bool constrained) {
  TorchSequenceModel model(spec, 31, kCpu);
  const TokenBatch sources = random_batch({{14, 0}, {6, 0}, {9, 0}}, 32);
  const std::unique_ptr<NextTokenScorer> scorer = model.start(sources);
  std::mt19937 generator(33);
  std::vector<Beam> beams = {{0, {}}, {1, {}}, {2, {}}};
  std::vector<std::int32_t> source = {0, 1, 2}, parent;
  std::vector<TokenId> last;
  for (int step = 0; step < 5; ++step) {
    SCOPED_TRACE("step " + std::to_string(step));
    std::vector<std::uint32_t> offsets;
    std::vector<TokenId> allowed;
    if (constrained) {
      offsets.push_back(0);
      for (std::size_t row = 0; row < beams.size(); ++row) {
        std::set<TokenId> tokens;
        const std::size_t count = step == 1 ? 40 : row % 3 == 2 && step > 2 ? 0 : 1 + generator() % 3;
        while (tokens.size() < count) tokens.insert(static_cast<TokenId>(generator() % 96));
        allowed.insert(allowed.end(), tokens.begin(), tokens.end());
        offsets.push_back(static_cast<std::uint32_t>(allowed.size()));
      }
    }
    const ScoreRequest request{.source = source,
                               .parent = parent,
                               .last_token = last,
                               .allowed_offsets = offsets,
                               .allowed = allowed,
                               .top = 5};
    ScoreResult result;
    scorer->score(request, result);
    expect_continuations(model, sources, beams, request, result);

    std::vector<Beam> next;
    parent.clear();
    last.clear();
    source.clear();
    for (int row = 0; row < 7; ++row) {
      const auto from = static_cast<std::int32_t>(generator() % beams.size());
      if (step >= 2 && beams[static_cast<std::size_t>(from)].source == 1) continue;  // source 1 drops out
      Beam beam = beams[static_cast<std::size_t>(from)];
      beam.tokens.push_back(static_cast<TokenId>(3 + generator() % 93));
      parent.push_back(from);
      source.push_back(beam.source);
      last.push_back(beam.tokens.back());
      next.push_back(beam);
    }
    beams = next;
  }
}

TEST_P(FormTest, StepsEqualFullForwardPasses) { walk(spec(), false); }
TEST_P(FormTest, ConstrainedStepsAreNormalisedOverTheAllowed) { walk(spec(), true); }

TEST(T5Scorer, BeginsAnewWithoutParents) {
  TorchSequenceModel model(nano(), 35, kCpu);
  const TokenBatch sources = random_batch({{14, 0}, {6, 0}}, 36);
  const std::unique_ptr<NextTokenScorer> scorer = model.start(sources);
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
  TorchSequenceModel model(nano(), 37, kCpu);
  {
    // All logits equal: every place is a tie, at the border of the best as well.
    const torch::NoGradGuard guard;
    for (NamedWeight& weight : model.module().weights()) {
      if (weight.name == "decoder.final_layer_norm.weight") weight.tensor.zero_();
    }
  }
  const std::unique_ptr<NextTokenScorer> scorer = model.start(random_batch({{5, 0}, {5, 0}}, 38));
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

// Pitfall 40: what a beam costs is its own tokens, never the source.
TEST(T5Scorer, BeamsShareTheKeysOfTheirSource) {
  TorchSequenceModel model(nano(), 39, kCpu);
  const auto bytes = [&](int length, int beams) {
    TokenBatch sources = random_batch({{length, 0}, {length, 0}}, 40);
    model.module().eval();
    const auto scorer = model.start(sources);
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
  TorchSequenceModel model(nano(), 41, kCpu);
  const std::unique_ptr<NextTokenScorer> scorer = model.start(random_batch({{5, 0}, {4, 0}}, 42));
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
