// Whether bytes are well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <string_view>

namespace p5 {

bool is_utf8(std::string_view text);

// The longest prefix of at most `limit` bytes that does not cut a character.
std::string_view utf8_prefix(std::string_view text, std::size_t limit);

}  // namespace p5
