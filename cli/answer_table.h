// What verbs that print lists of items share. Thread-safe: free functions.
#pragma once

#include <string>
#include <vector>

#include "p5/recommender.h"

namespace p5::cli {

// Help for --source, with the names of all sources.
std::string source_help(const std::string& default_source);

// Rank, score, item and title, and below each item its explanation where it has one.
std::string answer_table(const std::vector<Recommendation>& items, bool why = false);

}  // namespace p5::cli
