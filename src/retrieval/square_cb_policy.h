// Inverse gap weighting, SquareCB (Foster and Rakhlin 2020; Abe and Long 1999): of n items that are left, each but the
// best has probability 1 / (n + gamma gap), where the gap is what it lacks of the best one's relevance, and the best
// has the rest. gamma = n (1 / strength - 1): strength 1 draws all alike, small strengths follow the source. Immutable;
// thread-safe.
#pragma once

#include "retrieval/exploration_policy.h"

namespace p5 {

class SquareCbPolicy final : public ExplorationPolicy {
 public:
  explicit SquareCbPolicy(double strength) : strength_(strength) {}

  void weigh(const OpenPlace& place, std::span<double> weights) const override {
    const auto items = static_cast<double>(place.left.size());
    const double gamma = items * (1 / strength_ - 1);
    const double best = place.relevance[place.left.front()];
    double others = 0;
    for (std::size_t i = 1; i < weights.size(); ++i) {
      others += weights[i] = 1 / (items + gamma * (best - place.relevance[place.left[i]]));
    }
    weights.front() = 1 - others;  // at least 1 / n, as no other has more
  }

 private:
  double strength_;
};

}  // namespace p5
