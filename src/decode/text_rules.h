// Rules against dull text: no early end, no repetition. They only ever lower tokens, so that the best continuations
// under them are among a few more of the best without them. How many more is known before asking, and no rule needs the
// whole vocabulary from the scorer. Thread-safe: plain values and free functions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "decode/next_token_scorer.h"

namespace p5 {

struct TextRules {
  std::int32_t min_length = 0;  // tokens before the end token may come
  // Log-probabilities of tokens already in the text are multiplied by this: 1 = off (Keskar et al.
  // 2019; there on logits, here on log-probabilities, which are never positive, and without normalising again).
  float repetition_penalty = 1.0f;
  std::int32_t no_repeat_ngram = 0;  // no run of this many tokens comes twice (Paulus et al. 2017); 0 = off

  bool change_nothing() const { return min_length <= 0 && repetition_penalty == 1.0f && no_repeat_ngram == 0; }
  // How many tokens the rules may lower after `length` tokens, that is, how many more must be asked for.
  std::int32_t lowered(std::int32_t length) const;
};

// The continuations of a text under the rules, best first: `choices` without those not allowed, then sorted again.
// Equal ones are ordered by token.
void apply_rules(const TextRules& rules, std::span<const TokenId> text, std::vector<Continuation>& choices);

// Throws InvalidArgument for impossible rules.
void check_rules(const TextRules& rules);

}  // namespace p5
