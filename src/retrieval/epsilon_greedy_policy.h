// With probability 1 - epsilon the best that is left, else any that is left, all alike (Watkins 1989; Sutton and Barto
// 2018, section 2.2). Immutable; thread-safe.
#pragma once

#include <algorithm>

#include "retrieval/exploration_policy.h"

namespace p5 {

class EpsilonGreedyPolicy final : public ExplorationPolicy {
 public:
  explicit EpsilonGreedyPolicy(double epsilon) : epsilon_(epsilon) {}

  void weigh(const OpenPlace& place, std::span<double> weights) const override {
    std::ranges::fill(weights, epsilon_ / static_cast<double>(place.left.size()));
    weights.front() += 1 - epsilon_;
  }

 private:
  double epsilon_;
};

}  // namespace p5
