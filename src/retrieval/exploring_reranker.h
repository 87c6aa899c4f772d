// Exploration that keeps the head: the first places stay, and each later one is drawn from the rest of the pool by an
// ExplorationPolicy, without replacement. The probability of each draw is returned as its propensity, so that what
// users then do can be weighed by its inverse. Immutable; thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "retrieval/exploration_policy.h"
#include "retrieval/reranker.h"

namespace p5 {

// The lots of a list: equal ones for an equal draw of the query, or, where that is empty, for equal user and history.
// `stream` names further lots for the same list.
Rng list_rng(const CandidateQuery& query, std::uint64_t seed, std::string_view stream = {});

class ExploringReranker final : public Reranker {
 public:
  // Without a policy, lists stay as they are.
  ExploringReranker(std::unique_ptr<const ExplorationPolicy> policy, std::size_t fixed, std::uint64_t seed)
      : policy_(std::move(policy)), fixed_(fixed), seed_(seed) {}

  // The draw depends on the seed and on the query's draw, or, where that is empty, on its user and history, so that a
  // request that is repeated has the same answer.
  std::vector<RankedCandidate> rerank(const CandidateQuery& query, std::span<const Candidate> pool,
                                      std::size_t k) const override;
  std::vector<double> propensities(const CandidateQuery& query, std::span<const Candidate> pool,
                                   std::span<const ItemId> list) const override;

 private:
  std::unique_ptr<const ExplorationPolicy> policy_;
  std::size_t fixed_;
  std::uint64_t seed_;
};

}  // namespace p5
