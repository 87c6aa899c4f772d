// A determinantal point process: the list of large determinant, with L_ij = q_i S_ij q_j and q = exp(a relevance),
// a = (1 - strength) / (2 strength), found greedily with an incremental Cholesky factor (Chen, Zhang and Zhou, "Fast
// Greedy MAP Inference for Determinantal Point Process to Improve Recommendation Diversity", NeurIPS 2018, algorithm
// 1). Immutable; thread-safe.
#pragma once

#include <utility>
#include <vector>

#include "retrieval/item_similarity.h"
#include "retrieval/reranker.h"

namespace p5 {

class DppReranker final : public Reranker {
 public:
  DppReranker(ItemSimilarity similarity, double strength) : similarity_(std::move(similarity)), strength_(strength) {}

  // Candidates that what stands above leaves no volume for (copies of each other) follow in the source's order, and so
  // does the whole pool at strength 0. O(k^2 pool) operations, O(k pool) similarities.
  std::vector<RankedCandidate> rerank(const CandidateQuery& query, std::span<const Candidate> pool,
                                      std::size_t k) const override;

 private:
  ItemSimilarity similarity_;
  double strength_;
};

}  // namespace p5
