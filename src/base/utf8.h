// Well-formed UTF-8 (Unicode 15, table 3-7): what every text inside p5 is. Thread-safe: free functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace p5 {

bool is_utf8(std::string_view text);

// Replaces every maximal ill-formed piece by U+FFFD, in place. Well-formed text is not changed.
void repair_utf8(std::string& text);

// Whether a text may be cut before this byte: true for all bytes except the second to fourth of a letter.
inline bool starts_utf8_letter(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }

// The longest prefix of at most `limit` bytes that does not cut a letter.
std::string_view utf8_prefix(std::string_view text, std::size_t limit);

}  // namespace p5
