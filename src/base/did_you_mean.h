// Hints at the end of a message about an unknown word. Thread-safe: free functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace p5 {

// "; did you mean 'epochs'?", or nothing where no name is near (nearest_name() in base/option_table.h).
std::string did_you_mean(std::string_view word, const std::vector<std::string>& names);
// "; did you mean 'train.seed', 'split.seed' or 'index.seed'?": for likely names that are known already.
std::string did_you_mean(const std::vector<std::string>& likely);
// The first, or where no name is near "; expected one of train, valid, test".
std::string one_of(std::string_view word, const std::vector<std::string>& names);

}  // namespace p5
