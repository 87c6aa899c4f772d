// Maximal marginal relevance (Carbonell and Goldstein 1998): each place goes to the candidate with the greatest
// (1 - strength) relevance - strength max similarity to what stands above it. Immutable; thread-safe.
#pragma once

#include <utility>
#include <vector>

#include "retrieval/item_similarity.h"
#include "retrieval/reranker.h"

namespace p5 {

class MmrReranker final : public Reranker {
 public:
  MmrReranker(ItemSimilarity similarity, double strength) : similarity_(std::move(similarity)), strength_(strength) {}

  // Equal values: the source's order. O(k pool) similarities.
  std::vector<RankedCandidate> rerank(const CandidateQuery& query, std::span<const Candidate> pool,
                                      std::size_t k) const override;

 private:
  ItemSimilarity similarity_;
  double strength_;
};

}  // namespace p5
