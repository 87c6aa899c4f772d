// How the parts of a pool become one score per item. Plain values and pure functions; thread-safe.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "retrieval/candidate_pool.h"

namespace p5 {

enum class FusionMode {
  kRrf,          // sum of w / (60 + rank): reciprocal rank fusion (Cormack, Clarke and Büttcher 2009)
  kProbability,  // sum of w p^b / Z, where Z makes p^b a distribution over all items
  kLog,          // sum of w log p
};

struct Mixture {
  FusionMode mode = FusionMode::kProbability;
  std::vector<double> weights = {};    // [parts], sum 1
  std::vector<double> sharpness = {};  // [parts] b; other modes than kProbability have none
  double seen_bias = 0;                // logit that is added to items of the history

  // All weight on one part.
  static Mixture of_part(std::size_t part, std::size_t parts, FusionMode mode = FusionMode::kProbability);
};

// What a part adds per weight: `out` [pool.size()].
void mixture_terms(const CandidatePool& pool, std::size_t part, FusionMode mode, double sharpness,
                   std::span<float> out);

// Scores [pool.size()]: the formula of the mode, of kRrf and kProbability its logarithm, and the bias.
std::vector<float> mix(const CandidatePool& pool, const Mixture& mixture);

// How much each part [parts] contributes to the score of one item of the pool; sums to 1. In mode kLog a part
// contributes what it lifts the item above an item outside the pool. Where nobody contributes, the weights.
std::vector<float> shares_of(const CandidatePool& pool, const Mixture& mixture, std::size_t item);

}  // namespace p5
