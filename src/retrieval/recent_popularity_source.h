// The most frequent items of late, the same for all users: an event weighs half as much for each half-life that has
// passed since it, until the last event of the training data. Thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/option_table.h"
#include "corpus/split.h"
#include "retrieval/fitted_state.h"
#include "retrieval/scoring_source.h"

namespace p5 {

struct RecentPopularityOptions {
  double half_life_days = 90.0;
  double half_life_events = 10.0;  // where events have no times: of later training events of the same user

  void bind(OptionTable& table);  // rows recent.*
};

class RecentPopularitySource final : public ScoringSource {
 public:
  // Reads the train part. Events without a time, in data where others have one, count as the oldest that has one.
  // Throws InvalidArgument for a split without histories.
  RecentPopularitySource(const Split& split, const RecentPopularityOptions& options);
  // As it was saved. Throws Corrupted (model) for a state of another number of items.
  RecentPopularitySource(const FittedState& state, std::size_t item_count);

  FittedState state() const;

  std::string name() const override { return "recent-popularity"; }

 protected:
  void score(const CandidateQuery& query, std::span<float> scores) const override;

 private:
  std::vector<float> weights_;  // [item_count]
};

}  // namespace p5
