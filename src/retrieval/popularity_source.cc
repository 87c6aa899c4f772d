#include "retrieval/popularity_source.h"

#include <algorithm>

#include "corpus/split_facts.h"

namespace p5 {

PopularitySource::PopularitySource(const Split& split) : ScoringSource(split.corpus().item_count()) {
  const auto items = split.corpus().items();
  const auto weights = split.corpus().weights();
  if (!weights.empty()) {
    std::vector<double> sums(item_count());
    for (const std::size_t i : split.positions(Part::kTrain)) sums[items[i]] += static_cast<double>(weights[i]);
    counts_.assign(sums.begin(), sums.end());
    return;
  }
  const std::vector<std::uint32_t> counts = train_counts(split);
  counts_.assign(counts.begin(), counts.end());
}

PopularitySource::PopularitySource(const FittedState& state, std::size_t item_count)
    : ScoringSource(item_count), counts_(state.get<float>("counts", item_count)) {}

FittedState PopularitySource::state() const {
  FittedState state;
  state.put("counts", counts_);
  return state;
}

void PopularitySource::score(const CandidateQuery& query, std::span<float> scores) const {
  std::copy(counts_.begin(), counts_.end(), scores.begin());
}

}  // namespace p5
