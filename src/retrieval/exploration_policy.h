// How the next place of a list is drawn from what is left of a pool of candidates, so that users also see items that
// would not be shown otherwise. Places are drawn one after another without replacement (retrieval/exploring_reranker),
// which makes the probability of each place exact. Immutable; thread-safe.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "retrieval/candidate_source.h"
#include "retrieval/rerank_options.h"

namespace p5 {

// A pool of which some candidates are shown already.
struct OpenPlace {
  std::span<const Candidate> pool;    // best first
  std::span<const double> relevance;  // of each of the pool: 0 to 1 (relevance_of)
  std::span<const std::size_t> left;  // places in the pool that are left, ascending: best first; not empty
};

class ExplorationPolicy {
 public:
  virtual ~ExplorationPolicy() = default;
  // Writes a weight for each that is left, in its order: 0 or more, in proportion to the probability that it is drawn.
  // The sum is positive.
  virtual void weigh(const OpenPlace& place, std::span<double> weights) const = 0;
};

// Null for methods that draw nothing, and for strength 0.
std::unique_ptr<ExplorationPolicy> make_exploration_policy(const RerankOptions& options);

}  // namespace p5
