// The words of a text without its punctuation and capitals, with their positions. Thread-safe: free functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace p5 {

// Letters and digits, and apostrophes and hyphens between two of them: "Well-made (it's fine)!" has the words
// "well-made", "it's", "fine". ASCII letters become lower case and typographic apostrophes plain; letters beyond ASCII
// stay as they are.
struct PlainWord {
  std::string text;
  std::size_t begin = 0, end = 0;  // bytes
};

std::vector<PlainWord> scan_plain_words(std::string_view text);
std::vector<std::string> plain_words(std::string_view text);

}  // namespace p5
