// Weights and sharpness of a mixture by coordinate ascent on NDCG@10. Thread-safe: all const.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "p5/stop_token.h"
#include "retrieval/score_mixture.h"

namespace p5 {

// NDCG@10 of one target at `rank`, from 1; 0 beyond 10.
double gain_at(std::size_t rank);
// The rank of a score among scores, ties against it.
std::size_t rank_of(std::span<const float> scores, std::size_t target);

// Questions whose answer is in the pool; a target outside gains nothing under any mixture, so it need not be kept.
struct PooledQuestions {
  std::vector<CandidatePool> pools = {};
  std::vector<std::uint32_t> targets = {};  // [pools] position of the target in its pool

  std::size_t size() const { return pools.size(); }
};

class MixtureFit {
 public:
  // The questions must outlive it.
  MixtureFit(const PooledQuestions& questions, FusionMode mode, StopToken stop = {});

  // The best mixture that ascent from equal weights and from the best part reaches on the questions `which`. Each step
  // changes one number and is kept where the sum of gains grows, so it is never worse there than the best part alone.
  Mixture fit(std::span<const std::uint32_t> which) const;
  // The same from `begin` alone, so that what many questions agreed on changes little.
  Mixture refine(std::span<const std::uint32_t> which, const Mixture& begin) const;

 private:
  class Ascent;

  const PooledQuestions& questions_;
  FusionMode mode_;
  StopToken stop_;
};

}  // namespace p5
