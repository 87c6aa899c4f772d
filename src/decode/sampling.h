// Text one token at a time: the most likely token, or one drawn from the best. Not thread-safe per scorer.
#pragma once

#include <cstdint>
#include <vector>

#include "decode/beam_search.h"
#include "decode/next_token_scorer.h"
#include "decode/text_rules.h"

namespace p5 {

struct SamplingOptions {
  double temperature = 1.0;      // below 1 sharpens, above flattens; 0 takes the most likely token
  std::int32_t top_k = 50;       // draw among so many best tokens
  double top_p = 1.0;            // and of these, the fewest that hold this share (Holtzman et al. 2020)
  std::uint64_t seed = 2022;     // every text draws from its own stream
  std::int32_t draws = 1;        // texts a source
  std::int32_t max_length = 64;  // tokens, end token included; it wins over a longer rules.min_length
  TextRules rules = {};
};

// options.draws hypotheses a source of the scorer, neighbours in the result; the score is the sum of the model's
// log-probabilities, as its rules lower them. `finished` is false where max_length came first, or where the rules left
// no token. Throws InvalidArgument for impossible options, Corrupted (model) on NaN.
std::vector<Hypothesis> sample_text(NextTokenScorer& scorer, const SamplingOptions& options);

// Always the most likely token; of equals the one with the smaller id.
std::vector<Hypothesis> greedy(NextTokenScorer& scorer, std::int32_t max_length);

}  // namespace p5
