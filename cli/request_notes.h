// What verbs that take a history say about it. Thread-safe: free functions.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "base/logger.h"
#include "corpus/catalog_map.h"

namespace p5::cli {

inline constexpr const char* kStrictHelp =
    "refuse unknown users, and unknown items in the history, which are skipped otherwise";

// A warning that names the items of a history that the corpus does not have.
inline void warn_of_skipped(const std::vector<std::string>& skipped) {
  if (skipped.empty()) return;
  log_warning(fmt::format("{} of the history {} not in the corpus and skipped: {}",
                          skipped.size() == 1 ? "1 item" : fmt::format("{} items", skipped.size()),
                          skipped.size() == 1 ? "is" : "are", some_of(skipped)));
}

}  // namespace p5::cli
