// Beam search over any NextTokenScorer: expand, constrain, select, retire, reorder. Not thread-safe per object.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "decode/next_token_scorer.h"
#include "decode/text_rules.h"
#include "decode/token_constraint.h"

namespace p5 {

struct BeamOptions {
  std::int32_t beams = 20;
  std::int32_t max_length = 64;  // tokens, end token included; for items at least the depth of their trie
  float length_penalty = 0.0f;   // score / length^penalty, end token counted; 0 ranks by plain log-probability
  // Free text only. Beams in groups that are searched one after the other. A token costs `diversity` for each beam of
  // an earlier group that took it at the same position (Vijayakumar et al. 2016, with Hamming distance). The cost
  // decides what a group continues with; it is not part of the score. groups must divide beams.
  std::int32_t groups = 1;
  float diversity = 0.0f;
  TextRules rules = {};  // free text only
};

struct Hypothesis {
  std::vector<TokenId> tokens;       // without the end token
  float score = 0.0f;                // sum of log-probabilities, as the rules lower them, divided by length^penalty
  TokenConstraint::State state = 0;  // where the constraint ended: the item, under a TrieConstraint
  bool finished = false;             // reached the end token
};

// For each source of the scorer, up to `beams` distinct finished hypotheses, best first; unfinished ones only
// when nothing finished. `constraints` [sources] may repeat one constraint; all null, or an empty span, is free text,
// but free and constrained sources do not mix in one call. Results do not depend on which sources share a batch.
// Throws InvalidArgument for impossible options, Corrupted (model) when the scorer returns NaN.
std::vector<std::vector<Hypothesis>> beam_search(NextTokenScorer& scorer,
                                                 std::span<const TokenConstraint* const> constraints,
                                                 const BeamOptions& options);

}  // namespace p5
