// The evidence of all training histories: for every prefix of a user's train part, the neighbors that counts without
// this user give. Held in memory where it is small enough, else found when asked for. Thread-safe once built.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "corpus/split.h"
#include "p5/stop_token.h"
#include "retrieval/neighbor_evidence.h"

namespace p5 {

class TrainingEvidence {
 public:
  // `evidence` over counts of the train part of `split` that leave one out. `threads` 0 takes all cores; the result
  // does not depend on their number. Throws Interrupted.
  TrainingEvidence(std::shared_ptr<const NeighborEvidence> evidence, std::shared_ptr<const Split> split,
                   std::size_t threads = 0, const StopToken& stop = {});

  // Of the first `length` items of the user's train part, from 1 on and below their number.
  std::vector<Neighbor> of(UserId user, std::size_t length) const;
  const NeighborEvidence& evidence() const { return *evidence_; }
  const Split& split() const { return *split_; }

 private:
  std::shared_ptr<const NeighborEvidence> evidence_;
  std::shared_ptr<const Split> split_;
  std::vector<std::uint64_t> first_prefix_;  // [users + 1]: where the prefixes of a user begin; empty: nothing is held
  std::vector<std::uint64_t> begins_;        // [prefixes + 1] into neighbors_
  std::vector<Neighbor> neighbors_;
};

}  // namespace p5
