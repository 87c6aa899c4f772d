// What is known about the items that may come after a history: the neighbors' shares, and which items the history
// already holds. Thread-safe: free functions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "decode/trie_evidence.h"
#include "retrieval/neighbor_evidence.h"

namespace p5 {

// The neighbors and the items of the history, each item once: its share, and the age of its newest occurrence, which
// the newest `ages` events have.
std::vector<KnownItem> known_items(std::span<const Neighbor> neighbors, std::span<const ItemId> history,
                                   std::int64_t ages);

// How their shares become features.
EvidenceScale scale_of(const NeighborEvidence& evidence);

}  // namespace p5
