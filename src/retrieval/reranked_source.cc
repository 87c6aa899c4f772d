#include "retrieval/reranked_source.h"

namespace p5 {

std::vector<std::vector<Candidate>> RerankedSource::retrieve(std::span<const CandidateQuery> queries,
                                                             std::size_t k) const {
  auto lists = source_->retrieve(queries, std::max(k, pool_));
  for (std::size_t i = 0; i < lists.size(); ++i) {
    const auto ranked = reranker_->rerank(queries[i], lists[i], k);
    lists[i].clear();
    for (const RankedCandidate& each : ranked) lists[i].push_back(each.candidate);
  }
  return lists;
}

}  // namespace p5
