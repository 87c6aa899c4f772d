// The csv layout of the Open Bandit Dataset (Saito et al. 2021): a line per impression with the columns item_id,
// position, click and propensity_score, the probability of the item at its position; others are passed over. Every
// line is a decision of one place. Thread-safe: free functions.
#pragma once

#include <filesystem>
#include <string_view>

#include "policy/decision_log.h"

namespace p5 {

bool looks_like_open_bandit(std::string_view first_line);
// Throws a data error for a header that lacks a column.
void read_open_bandit(const std::filesystem::path& file, DecisionLog& log);

}  // namespace p5
