// The best k of many scores in one bounded pass. Thread-safe: pure functions.
#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include "retrieval/candidate_source.h"

namespace p5 {

// The score of an item that must not be returned; NaN means the same.
inline constexpr float kNotACandidate = -std::numeric_limits<float>::infinity();

// Higher scores first, equal ones by ascending item id.
inline bool ranks_before(const Candidate& a, const Candidate& b) {
  return a.score > b.score || (a.score == b.score && a.item < b.item);
}

// The best `k` of a score row [item_count], best first; equal scores in ascending item id. O(n) plus O(log k) per item
// that enters the list on the way.
std::vector<Candidate> top_k(std::span<const float> scores, std::size_t k);

// The same over a list in any order; an item that is in it more than once is returned once, with its best score.
std::vector<Candidate> top_k(std::vector<Candidate> candidates, std::size_t k);

}  // namespace p5
