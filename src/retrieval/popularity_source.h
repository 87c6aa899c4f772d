// The most frequent items first, the same for all users. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "corpus/split.h"
#include "retrieval/fitted_state.h"
#include "retrieval/scoring_source.h"

namespace p5 {

class PopularitySource final : public ScoringSource {
 public:
  // Counts the train part of any split. Items that are not in it score 0.
  explicit PopularitySource(const Split& split);
  // As it was saved. Throws Corrupted (model) for a state of another number of items.
  PopularitySource(const FittedState& state, std::size_t item_count);

  FittedState state() const;

  std::string name() const override { return "popularity"; }

 protected:
  void score(const CandidateQuery& query, std::span<float> scores) const override;

 private:
  std::vector<float> counts_;  // [item_count]
};

}  // namespace p5
