#include "decode/text_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "p5/error.h"

namespace p5 {
namespace {

bool holds(std::span<const TokenId> text, TokenId token) {
  return std::find(text.begin(), text.end(), token) != text.end();
}

// Whether `token` after the text would repeat a run of `n` tokens that is already in the text.
bool repeats_ngram(std::span<const TokenId> text, TokenId token, std::size_t n) {
  if (text.size() < n) return false;
  const auto last = text.last(n - 1);
  for (std::size_t begin = 0; begin + n <= text.size(); ++begin) {
    if (text[begin + n - 1] == token && std::equal(last.begin(), last.end(), text.begin() + begin)) return true;
  }
  return false;
}

}  // namespace

std::int32_t TextRules::lowered(std::int32_t length) const {
  const bool repeats = repetition_penalty != 1.0f || no_repeat_ngram > 0;
  return (length < min_length ? 1 : 0) + (repeats ? length : 0);
}

void apply_rules(const TextRules& rules, std::span<const TokenId> text, std::vector<Continuation>& choices) {
  const bool too_short = static_cast<std::int64_t>(text.size()) < rules.min_length;
  const auto ngram = static_cast<std::size_t>(rules.no_repeat_ngram);
  std::erase_if(choices, [&](const Continuation& choice) {
    return (too_short && choice.token == kEndToken) || (ngram > 0 && repeats_ngram(text, choice.token, ngram));
  });
  if (rules.repetition_penalty == 1.0f) return;
  for (Continuation& choice : choices) {
    if (holds(text, choice.token)) choice.log_probability *= rules.repetition_penalty;
  }
  std::stable_sort(choices.begin(), choices.end(), [](const Continuation& a, const Continuation& b) {
    return a.log_probability != b.log_probability ? a.log_probability > b.log_probability : a.token < b.token;
  });
}

void check_rules(const TextRules& rules) {
  if (rules.min_length < 0 || rules.no_repeat_ngram < 0) {
    throw usage_error("text rule out of range", {"min_length, no_repeat_ngram", "0 or more",
                                                 fmt::format("{}, {}", rules.min_length, rules.no_repeat_ngram)});
  }
  if (!(rules.repetition_penalty >= 1.0f && std::isfinite(rules.repetition_penalty))) {
    throw usage_error("text rule out of range",
                      {"repetition_penalty", "1 or more", fmt::format("{}", rules.repetition_penalty)});
  }
}

}  // namespace p5
