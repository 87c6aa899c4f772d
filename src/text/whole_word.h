// P5's whole-word ids: which word of the input a token belongs to.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "text/vocabulary.h"

namespace p5 {

// Running count of tokens that begin a word, from 1; padding and the end token get 0. Counts stay below `rows`: from
// rows - 1 on, all words share the last row. [tokens.size()]
std::vector<std::int32_t> whole_word_ids(std::span<const TokenId> tokens, const Vocabulary& vocabulary,
                                         std::int32_t rows);

}  // namespace p5
