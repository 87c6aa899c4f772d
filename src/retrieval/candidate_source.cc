#include "retrieval/candidate_source.h"

namespace p5 {

bool CandidateSource::score_all(const CandidateQuery& query, std::span<float> scores) const { return false; }

bool CandidateSource::score_all(std::span<const CandidateQuery> queries, std::span<float> scores) const {
  const std::size_t width = queries.empty() ? 0 : scores.size() / queries.size();
  for (std::size_t i = 0; i < queries.size(); ++i) {
    if (!score_all(queries[i], scores.subspan(i * width, width))) return false;
  }
  return true;
}

void CandidateSource::sign(std::span<std::vector<Candidate>> lists) const {
  for (std::vector<Candidate>& list : lists) {
    for (Candidate& candidate : list) candidate.source = this;
  }
}

}  // namespace p5
