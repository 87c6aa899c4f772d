// Puts a pool of candidates into another order: more diverse, nearer to the user's categories, or with a tail that
// explores. Immutable; thread-safe.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "corpus/split.h"
#include "retrieval/candidate_source.h"
#include "retrieval/rerank_options.h"

namespace p5 {

struct RankedCandidate {
  Candidate candidate;  // with the score that its source gave it
  // The probability that this item was put at this place, given the places above; 1 where nothing was drawn. Off-policy
  // estimates weigh by its inverse.
  double propensity = 1;
};

class Reranker {
 public:
  virtual ~Reranker() = default;
  // At most `k` of the pool, best first, each once. `pool` is best first, with finite scores, each item once. Of the
  // query, only user, history and draw are looked at.
  virtual std::vector<RankedCandidate> rerank(const CandidateQuery& query, std::span<const Candidate> pool,
                                              std::size_t k) const = 0;
  // For each place of a list of items, whoever made it: the probability that rerank() puts that item there, given the
  // items above. Here: 1 where the order has it there and 0 elsewhere, for orders that draw nothing.
  virtual std::vector<double> propensities(const CandidateQuery& query, std::span<const Candidate> pool,
                                           std::span<const ItemId> list) const;
};

// Null for method none. Similarity and categories come from the split's train part and catalogue; the split is not
// kept. Throws InvalidArgument for calibration where no item has a category, and for methods that learn.
std::unique_ptr<Reranker> make_reranker(const RerankOptions& options, const Split& split);

// Scores on a scale from 0 to 1, the least and the greatest of the pool; all 1 where they are equal.
std::vector<double> relevance_of(std::span<const Candidate> pool);

// The first `k` of the pool as they are.
std::vector<RankedCandidate> in_given_order(std::span<const Candidate> pool, std::size_t k);

}  // namespace p5
