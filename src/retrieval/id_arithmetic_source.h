// A baseline that learns nothing and still beats models whose ids leak: "the next id is the largest of the history plus
// one, then the last plus one, ...". When it scores well, the ids leak and the run's figures mean nothing. Thread-safe.
// The rule and its figures: docs/protocol.md; the leak was reported in jeykigung/P5#3.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "retrieval/scoring_source.h"

namespace p5 {

class IdArithmeticSource final : public ScoringSource {
 public:
  static constexpr std::size_t kGuesses = 5;

  // `numbers` [item_count]: the number of each item, all different. Throws InvalidArgument otherwise.
  explicit IdArithmeticSource(std::vector<std::int64_t> numbers);

  std::string name() const override { return "id-arithmetic"; }

  // The first kGuesses distinct numbers that are not in the history among max+1, last+1, max+2, last+2, max+3, last+3,
  // max-1. A guess need not be the number of an item. Empty for an empty history.
  std::vector<std::int64_t> guesses(std::span<const ItemId> history) const;

 protected:
  // Guessed items score 5, 4, ..., all others 0.
  void score(const CandidateQuery& query, std::span<float> scores) const override;

 private:
  std::vector<std::int64_t> numbers_;
  std::unordered_map<std::int64_t, ItemId> items_;
};

}  // namespace p5
