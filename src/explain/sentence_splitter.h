// Sentences of a review. Reviews are often careless: blanks are missing after full stops, dots come in rows, lines end
// anywhere. Thread-safe: free functions.
#pragma once

#include <string_view>
#include <vector>

#include "explain/lexicon.h"

namespace p5 {

// Views into `text`, trimmed of blanks and bullets, none empty. A sentence ends
// - at "!", "?", an ellipsis or an empty line;
// - at a full stop before a blank, unless it follows an abbreviation or an initial ("e.g. this", "B. B. King");
// - at a full stop without a blank after it where a sentence clearly begins: a capital ("as expected.The case") or a
//   word that begins noun phrases ("the old one.the new one"), so that "9.5 V" and "amazon.com" stay whole.
std::vector<std::string_view> split_sentences(std::string_view text, const Lexicon& lexicon);

}  // namespace p5
