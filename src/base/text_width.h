// How many columns of a terminal a text takes. Thread-safe: free functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace p5 {

// One per letter, two for the wide ones of East Asian scripts and emoji, none for combining marks. Text that is not
// UTF-8 counts its bytes.
std::size_t text_width(std::string_view text);

// The text where it fits, else its beginning and "..." in at most `width` columns; no letter is cut in two.
std::string cut_to_width(std::string_view text, std::size_t width);

}  // namespace p5
