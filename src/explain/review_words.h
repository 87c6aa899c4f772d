// The words of a review by which its stars can be told: words, pairs of neighbouring words, and how much praise and
// blame the lexicon finds. Thread-safe: a free function.
#pragma once

#include <string_view>

#include "explain/lexicon.h"
#include "text/word_regression.h"

namespace p5 {

struct ReviewWordsOptions {
  bool pairs = true;       // of words within a sentence's part
  bool judgements = true;  // "<praise>" and "<blame>", which no word is
  bool unit = true;        // weights have length 1, so that long reviews count as much as short ones
};

// Each word once. After a negation, praise is blame and blame is praise, up to four words on or the next
// punctuation mark.
WeightedWords review_words(std::string_view text, const Lexicon& lexicon, const ReviewWordsOptions& options = {});

}  // namespace p5
