// What a user may choose about explanations. A plain value.
#pragma once

#include <cstdint>
#include <string>

#include "base/option_table.h"

namespace p5 {

struct ExplainOptions {
  std::string file = {};         // a list of explanations; empty = they are mined from the reviews
  std::string lexicon = {};      // empty = the English one that comes with p5
  std::int64_t min_reviews = 8;  // training reviews that must contain a feature
  std::int64_t min_words = 4;    // of an explanation
  std::int64_t max_words = 25;   // of an explanation: fits into an answer of 64 tokens

  void bind(OptionTable& table);  // rows explain.*
};

}  // namespace p5
