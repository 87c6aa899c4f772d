// The scores of a list as shares that people can read. Thread-safe: a free function.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace p5 {

// [scores.size()] parts of the list's total, which sum to 1. Log-probabilities, log-scores and logits (SourceRow::
// score_kind) count by their exponentials, plain scores as they are, those below 0 as 0. Where nothing is above 0, all
// shares are equal.
std::vector<double> list_shares(std::span<const double> scores, std::string_view score_kind);

}  // namespace p5
