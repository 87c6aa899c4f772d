#include "retrieval/mmr_reranker.h"

#include <algorithm>

namespace p5 {

std::vector<RankedCandidate> MmrReranker::rerank(const CandidateQuery& /*query*/, std::span<const Candidate> pool,
                                                 std::size_t k) const {
  const std::vector<double> relevance = relevance_of(pool);
  std::vector<double> nearest(pool.size());  // greatest similarity to an item above
  std::vector<bool> taken(pool.size());
  std::vector<RankedCandidate> list;
  while (list.size() < std::min(k, pool.size())) {
    std::size_t best = pool.size();
    double best_value = 0;
    for (std::size_t i = 0; i < pool.size(); ++i) {
      if (taken[i]) continue;
      const double value = (1.0 - strength_) * relevance[i] - strength_ * nearest[i];
      if (best == pool.size() || value > best_value) {
        best = i;
        best_value = value;
      }
    }
    taken[best] = true;
    list.push_back({.candidate = pool[best]});
    for (std::size_t i = 0; i < pool.size(); ++i) {
      if (!taken[i]) {
        nearest[i] = std::max(nearest[i], static_cast<double>(similarity_.of(pool[best].item, pool[i].item)));
      }
    }
  }
  return list;
}

}  // namespace p5
