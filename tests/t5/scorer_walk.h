// Walks of random beams through a scorer, each step compared with full forward passes of the model.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "decode/next_token_scorer.h"
#include "t5/model_batches.h"

namespace p5::test {

struct WalkingBeam {
  std::int32_t source;
  std::vector<TokenId> tokens;  // after the start token
};

// Logits of the next token by a full forward pass: [vocab].
template <typename Model>
std::vector<float> next_by_full_forward(Model& model, const TokenBatch& sources, const WalkingBeam& beam) {
  TokenBatch one = single_row(sources, beam.source);
  one.target = beam.tokens;
  one.target.push_back(kEndToken);  // never read: the decoder sees only earlier tokens
  one.target_length = static_cast<std::int32_t>(one.target.size());
  one.target_mask.assign(one.target.size(), 1);
  const std::vector<float> logits = model.logits(one).logits;
  return {logits.end() - model.spec().vocab_size, logits.end()};
}

// The continuations that these logits mean, best first.
inline std::vector<Continuation> best_of(const std::vector<float>& logits, const std::vector<TokenId>& allowed,
                                         std::size_t top) {
  double most = -INFINITY, sum = 0;
  for (const TokenId token : allowed) most = std::max<double>(most, logits[static_cast<std::size_t>(token)]);
  for (const TokenId token : allowed) sum += std::exp(logits[static_cast<std::size_t>(token)] - most);
  std::vector<Continuation> best;
  for (const TokenId token : allowed) {
    best.push_back({token, static_cast<float>(logits[static_cast<std::size_t>(token)] - most - std::log(sum))});
  }
  std::stable_sort(best.begin(), best.end(),
                   [](const Continuation& a, const Continuation& b) { return a.log_probability > b.log_probability; });
  best.resize(std::min(top, best.size()));
  return best;
}

inline std::vector<TokenId> allowed_tokens(const ScoreRequest& request, std::size_t row, std::int64_t vocab) {
  if (!request.allowed_offsets.empty()) {
    return {request.allowed.begin() + request.allowed_offsets[row],
            request.allowed.begin() + request.allowed_offsets[row + 1]};
  }
  std::vector<TokenId> all(static_cast<std::size_t>(vocab));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

template <typename Model>
void expect_continuations(Model& model, const TokenBatch& sources, const std::vector<WalkingBeam>& beams,
                          const ScoreRequest& request, const ScoreResult& result) {
  ASSERT_EQ(result.offsets.size(), beams.size() + 1);
  for (std::size_t row = 0; row < beams.size(); ++row) {
    SCOPED_TRACE("row " + std::to_string(row));
    const std::vector<TokenId> allowed = allowed_tokens(request, row, model.spec().vocab_size);
    const std::size_t count = result.offsets[row + 1] - result.offsets[row];
    ASSERT_EQ(count, std::min<std::size_t>(allowed.size(), static_cast<std::size_t>(request.top)));
    if (count == 0) continue;
    const std::vector<Continuation> wanted = best_of(next_by_full_forward(model, sources, beams[row]), allowed, count);
    for (std::size_t i = 0; i < count; ++i) {
      const Continuation& got = result.values[result.offsets[row] + i];
      EXPECT_NEAR(got.log_probability, wanted[i].log_probability, 1e-4);
      EXPECT_EQ(got.token, wanted[i].token);
    }
  }
}

struct WalkOptions {
  bool constrained = false;
  int steps = 5;
  int rows = 7;  // at most, from the second step on
  std::uint32_t seed = 33;
};

// Step-by-step requests to the scorer of three sources or more: ragged, shuffled rows, beams repeated, dropped and
// interleaved between sources; source 1 drops out for good. Calls visit(beams, request) for each step.
template <class Visit>
void walk(std::int32_t sources, std::int64_t vocab, const WalkOptions& options, const Visit& visit) {
  std::mt19937 generator(options.seed);
  std::vector<WalkingBeam> beams;
  std::vector<std::int32_t> source, parent;
  for (std::int32_t i = 0; i < sources; ++i) {
    beams.push_back({i, {}});
    source.push_back(i);
  }
  std::vector<TokenId> last;
  for (int step = 0; step < options.steps; ++step) {
    SCOPED_TRACE("step " + std::to_string(step));
    std::vector<std::uint32_t> offsets;
    std::vector<TokenId> allowed;
    if (options.constrained) {
      offsets.push_back(0);
      for (std::size_t row = 0; row < beams.size(); ++row) {
        std::set<TokenId> tokens;
        const std::size_t count = step == 1 ? 40 : row % 3 == 2 && step > 2 ? 0 : 1 + generator() % 3;
        while (tokens.size() < count) tokens.insert(static_cast<TokenId>(generator() % static_cast<unsigned>(vocab)));
        allowed.insert(allowed.end(), tokens.begin(), tokens.end());
        offsets.push_back(static_cast<std::uint32_t>(allowed.size()));
      }
    }
    visit(beams, ScoreRequest{.source = source,
                              .parent = parent,
                              .last_token = last,
                              .allowed_offsets = offsets,
                              .allowed = allowed,
                              .top = 5});
    std::vector<WalkingBeam> next;
    parent.clear();
    last.clear();
    source.clear();
    for (int row = 0; row < options.rows; ++row) {
      const auto from = static_cast<std::int32_t>(generator() % beams.size());
      if (step >= 2 && beams[static_cast<std::size_t>(from)].source == 1) continue;
      WalkingBeam beam = beams[static_cast<std::size_t>(from)];
      beam.tokens.push_back(static_cast<TokenId>(3 + generator() % static_cast<unsigned>(vocab - 3)));
      parent.push_back(from);
      source.push_back(beam.source);
      last.push_back(beam.tokens.back());
      next.push_back(beam);
    }
    if (next.empty()) return;
    beams = next;
  }
}

}  // namespace p5::test
