#include "retrieval/cold_places_source.h"

#include <cmath>

namespace p5 {

std::vector<std::vector<Candidate>> ColdPlacesSource::retrieve(std::span<const CandidateQuery> queries,
                                                               std::size_t k) const {
  std::vector<std::vector<Candidate>> lists = source_->retrieve(queries, k);
  for (std::size_t i = 0; i < queries.size(); ++i) {
    if (!queries[i].candidates.empty()) continue;
    double all = 0;
    const std::vector<Candidate> cold = cold_->best(queries[i], k, all);
    std::erase_if(lists[i], [&](const Candidate& candidate) { return cold_->is_cold(candidate.item); });
    // The source knows of no cold items: its probabilities are those given that the answer is another item.
    lists[i] = with_cold_items(std::move(lists[i]), cold, {.log_total = -std::log1p(-all)}, weight_, k);
  }
  sign(lists);
  return lists;
}

}  // namespace p5
