// Bodies that clients send compressed (Content-Encoding: gzip). Thread-safe: a free function.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace p5 {

// None for what grows beyond `limit` bytes. Throws InvalidArgument for damaged bytes, bytes that end early, and bytes
// after the end.
std::optional<std::string> inflate_gzip(std::string_view bytes, std::size_t limit);

}  // namespace p5
