// TOML text to a table, with p5's errors. Thread-safe: a free function.
#pragma once

#include <toml++/toml.h>

#include <string>
#include <string_view>

#include "p5/error.h"

namespace p5 {

// Keys of more parts and values of more levels are refused before they are parsed, because the parser recurses.
inline constexpr int kTomlDepth = 64;

// `origin` is what messages call the text, `subject` says whose fault bad text is: kRequest (InvalidArgument) or
// another (Corrupted). The error names origin and line.
toml::table parse_toml(std::string_view text, const std::string& origin, ErrorSubject subject);

}  // namespace p5
