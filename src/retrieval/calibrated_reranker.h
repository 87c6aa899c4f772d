// Calibrated recommendations (Steck 2018): the list grows by the candidate with the greatest
// (1 - strength) sum of relevance - strength miscalibration of the list to the user's history. Immutable; thread-safe.
#pragma once

#include <utility>
#include <vector>

#include "retrieval/category_profile.h"
#include "retrieval/reranker.h"

namespace p5 {

class CalibratedReranker final : public Reranker {
 public:
  CalibratedReranker(CategoryProfile profile, double strength) : profile_(std::move(profile)), strength_(strength) {}

  // Equal values: the source's order, which also stays for a history without a category. O(k pool categories).
  std::vector<RankedCandidate> rerank(const CandidateQuery& query, std::span<const Candidate> pool,
                                      std::size_t k) const override;

 private:
  CategoryProfile profile_;
  double strength_;
};

}  // namespace p5
