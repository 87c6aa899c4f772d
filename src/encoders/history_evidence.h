// What is known of single items before an encoder scores them: the neighbors of the history, and the age of the items
// that it holds. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "retrieval/neighbor_evidence.h"

namespace p5 {

struct EvidenceEntry {
  ItemId item = 0;
  float feature = 0.0f;   // log((w + e) / e) of its share w of the neighbors; 0 = not one of them
  float share = 0.0f;     // w
  std::int16_t age = -1;  // steps since the history held it, 0 = its newest item; -1 = it did not
};

class HistoryEvidence {
 public:
  // `ages`: so many of a history's newest items have a logit by age.
  HistoryEvidence(std::shared_ptr<const NeighborEvidence> neighbors, std::int64_t ages, std::size_t item_count)
      : neighbors_(std::move(neighbors)), ages_(ages), item_count_(item_count) {}

  // Entries by ascending item, each item once. `own` as NeighborEvidence::of() takes it.
  std::vector<EvidenceEntry> of(std::span<const ItemId> history, UserId own = kUnknownUser) const;
  std::int64_t ages() const { return ages_; }
  const NeighborEvidence& neighbors() const { return *neighbors_; }

 private:
  std::shared_ptr<const NeighborEvidence> neighbors_;
  std::int64_t ages_;
  std::size_t item_count_;
};

}  // namespace p5
