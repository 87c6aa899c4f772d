// Exploration that keeps the head: the first places stay, and each later one is drawn from the rest of the pool with
// probability proportional to exp(relevance / strength), without replacement: a Plackett-Luce ranking (Plackett 1975).
// The probability of each draw is returned as its propensity, so that what users then do can be weighed by its inverse.
// Immutable; thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "retrieval/reranker.h"

namespace p5 {

class ShufflingReranker final : public Reranker {
 public:
  ShufflingReranker(double strength, std::size_t fixed, std::uint64_t seed)
      : strength_(strength), fixed_(fixed), seed_(seed) {}

  // The draw depends on seed, user and history alone, so that a request that is repeated has the same answer.
  std::vector<RankedCandidate> rerank(const CandidateQuery& query, std::span<const Candidate> pool,
                                      std::size_t k) const override;

 private:
  double strength_;
  std::size_t fixed_;
  std::uint64_t seed_;
};

}  // namespace p5
