#include "retrieval/candidate_source.h"

namespace p5 {

bool CandidateSource::score_all(const CandidateQuery& query, std::span<float> scores) const { return false; }

}  // namespace p5
