#include "retrieval/rated_source.h"

namespace p5 {

void RatedSource::score(const CandidateQuery& query, std::span<float> scores) const {
  for (ItemId item = 0; item < scores.size(); ++item) scores[item] = predictor_->predict(query.user, item);
}

}  // namespace p5
