// The contract of ScoreRequest, for every scorer that keeps state from the previous step. Torch-free; thread-safe: a
// free function.
#pragma once

#include <cstdint>
#include <span>

#include "decode/next_token_scorer.h"

namespace p5 {

struct ScorerState {
  std::int32_t sources = 0;
  TokenId vocab = 0;
  std::span<const std::int32_t> source_of_row;  // of the previous step
};

// Throws Internal for a request that breaks the contract.
void check_score_request(const ScoreRequest& request, const ScorerState& state);

}  // namespace p5
