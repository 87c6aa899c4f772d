// Rules against dull text: no end too early, no word again and again. They only ever lower tokens, so that the best
// continuations under them are among the best few more without: how many more is known before asking, and no rule needs
// the whole vocabulary from the scorer. Thread-safe: plain values and free functions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "decode/next_token_scorer.h"

namespace p5 {

struct TextRules {
  std::int32_t min_length = 0;  // tokens before the end token may come
  // Log-probabilities of tokens that the text holds already are multiplied by this: 1 changes nothing (Keskar et al.
  // 2019; there on logits, here on log-probabilities, which are never positive, and without normalising again).
  float repetition_penalty = 1.0f;
  std::int32_t no_repeat_ngram = 0;  // so many tokens in a row never come twice (Paulus et al. 2017); 0 = they may

  bool change_nothing() const { return min_length <= 0 && repetition_penalty == 1.0f && no_repeat_ngram == 0; }
  // How many tokens the rules may lower after `length` tokens: so many more are to be asked for.
  std::int32_t lowered(std::int32_t length) const;
};

// The continuations of a text under the rules, best first: `choices` without what is not allowed, then sorted anew.
// Equal ones stay in the order of their tokens.
void apply_rules(const TextRules& rules, std::span<const TokenId> text, std::vector<Continuation>& choices);

// Throws InvalidArgument for impossible rules.
void check_rules(const TextRules& rules);

}  // namespace p5
