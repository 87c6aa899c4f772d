// What help says about the options of a table. Thread-safe: free functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/option_table.h"

namespace p5 {

// "a whole number, 1 to 1000", "linear, cosine".
std::string allowed_values(const OptionRow& row);
// Keys that somebody who wrote an unknown one may have meant: of a bare name ("lr") those of every section.
std::vector<std::string> likely_keys(const OptionTable& table, std::string_view key);

}  // namespace p5
