// What is known of single items before an encoder scores them: the neighbors of the history, and the age of the items
// that it holds. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "retrieval/neighbor_evidence.h"
#include "text/token_batch.h"

namespace p5 {

class HistoryEvidence {
 public:
  // `ages`: so many of a history's newest items have a logit by age.
  HistoryEvidence(std::shared_ptr<const NeighborEvidence> neighbors, std::int64_t ages, std::size_t item_count)
      : neighbors_(std::move(neighbors)), ages_(ages), item_count_(item_count) {}

  // By ascending token, each once; the token of an item is its number plus one. `own` as NeighborEvidence::of() takes
  // it.
  std::vector<KnownToken> of(std::span<const ItemId> history, UserId own = kUnknownUser) const;
  std::int64_t ages() const { return ages_; }
  const NeighborEvidence& neighbors() const { return *neighbors_; }

 private:
  std::shared_ptr<const NeighborEvidence> neighbors_;
  std::int64_t ages_;
  std::size_t item_count_;
};

}  // namespace p5
