// Base64 (RFC 4648, section 4), as JSON carries bytes. Thread-safe: free functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace p5 {

// With its padding.
std::string encode_base64(std::string_view bytes);
// None for what is no base64. The padding may be left out.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace p5
