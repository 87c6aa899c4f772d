// Rewrites Python literals as JSON, evaluating nothing: the Amazon 2014 metadata is one printed dict per line.
// Thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace p5 {

// Whether a line that should be JSON looks like a Python dict: its first key is in single quotes or has a prefix.
bool looks_like_python(std::string_view line);

// Appends `text` as JSON to `json` (cleared first). Understands dict, list, tuple, str (both quotes, u and b prefixes,
// all escapes except \N, adjacent strings), int, float, True, False and None; nothing else. Tuples become arrays, bytes
// become strings, numeric keys become texts. Python 2 printed UTF-8 byte by byte (\xc3\xa9): runs of \x escapes that
// are UTF-8 are read as UTF-8, others as Latin-1. Returns nullptr, or what is wrong, short and stable. Nesting is
// limited to 64.
const char* python_literal_to_json(std::string_view text, std::string& json);

}  // namespace p5
