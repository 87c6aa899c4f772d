// The rank of a target by the rules of docs/protocol.md: from 1, ties count against the model, and with the seen items
// both kept and dropped. Thread-safe: pure functions.
#pragma once

#include <cstddef>
#include <span>

#include "evaluate/ranking_metrics.h"
#include "retrieval/candidate_source.h"

namespace p5 {

// `seen_kept`: nothing filtered. `seen_dropped`: the items of the history removed; a target that is one of them is a
// miss.
struct SeenRanks {
  std::size_t seen_kept = kMiss, seen_dropped = kMiss;
};

// Exact ranks in a score row [item_count]. Every item that is not worse than the target, NaN included, ranks before it;
// a target whose score is NaN comes last.
SeenRanks rank_in_scores(std::span<const float> scores, ItemId target, std::span<const ItemId> history);

// Ranks in a list, best first. Repeated items and items outside the catalogue still take up their positions.
SeenRanks rank_in_list(std::span<const Candidate> list, ItemId target, std::span<const ItemId> history);

// The rank of the target among `candidates`, by their scores in a row [item_count]. The target may be one of them.
std::size_t rank_among(std::span<const float> scores, ItemId target, std::span<const ItemId> candidates);

}  // namespace p5
