// Text one token at a time: the most likely token, or one sampled from the best. Not thread-safe per scorer.
#pragma once

#include <cstdint>
#include <vector>

#include "decode/beam_search.h"
#include "decode/next_token_scorer.h"
#include "decode/text_rules.h"

namespace p5 {

struct SamplingOptions {
  double temperature = 1.0;      // below 1 sharpens, above flattens; 0 takes the most likely token
  std::int32_t top_k = 50;       // sample among this many best tokens
  double top_p = 1.0;            // of these, the fewest that hold this share (Holtzman et al. 2020)
  std::uint64_t seed = 2022;     // every text has its own stream
  std::int32_t draws = 1;        // texts per source
  std::int32_t max_length = 64;  // tokens, end token included; it wins over a longer rules.min_length
  TextRules rules = {};
};

// options.draws hypotheses per source, adjacent in the result. The score is the sum of the model's log-probabilities,
// as the rules lower them. `finished` is false when max_length came first, or when the rules left no token. Throws
// InvalidArgument for impossible options, Corrupted (model) on NaN.
std::vector<Hypothesis> sample_text(NextTokenScorer& scorer, const SamplingOptions& options);

// Always the most likely token; of equals the one with the smaller id.
std::vector<Hypothesis> greedy(NextTokenScorer& scorer, std::int32_t max_length);

}  // namespace p5
