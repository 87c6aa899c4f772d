// The words of a text without its punctuation and capitals, with the places they stand at. Thread-safe: free functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace p5 {

// Letters and digits; apostrophes and hyphens where both neighbours are such: "Well-made (it's fine)!" has the words
// "well-made", "it's", "fine". ASCII letters are in lower case, typographic apostrophes plain; letters beyond ASCII are
// kept as they stand.
struct PlainWord {
  std::string text;
  std::size_t begin = 0, end = 0;  // bytes
};

std::vector<PlainWord> scan_plain_words(std::string_view text);
std::vector<std::string> plain_words(std::string_view text);

}  // namespace p5
