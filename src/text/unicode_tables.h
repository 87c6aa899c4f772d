// What a WordPiece tokenizer asks about letters (scripts/unicode_tables). Thread-safe: free functions.
#pragma once

#include <string>

namespace p5 {

// Signs of ASCII that are neither letters nor digits, and what Unicode calls punctuation.
bool is_punctuation_letter(char32_t letter);
// Control and format letters, U+FFFD and those for private use; tab and line ends are none.
bool is_control_letter(char32_t letter);
// Space, tab, line ends, and what Unicode calls a space.
bool is_space_letter(char32_t letter);
// The letter in lower case, decomposed (NFD) and without its accents (Mn): none, one or more letters.
void append_folded(char32_t letter, std::u32string& out);

}  // namespace p5
