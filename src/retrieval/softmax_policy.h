// In proportion to exp(value / temperature): a Boltzmann distribution over what is left, and place after place a
// Plackett-Luce ranking (Plackett 1975). The value is the relevance, from 0 to 1 in each pool, or the source's own
// score; where scores are log-probabilities, temperature 1 draws as the source believes. Immutable; thread-safe.
#pragma once

#include <cmath>

#include "retrieval/exploration_policy.h"

namespace p5 {

class SoftmaxPolicy final : public ExplorationPolicy {
 public:
  enum class Scale { kRelevance, kScore };
  SoftmaxPolicy(double temperature, Scale scale) : temperature_(temperature), scale_(scale) {}

  // Relative to the best that is left, which is the first: the sum is at least 1 however small the temperature.
  void weigh(const OpenPlace& place, std::span<double> weights) const override {
    const double best = value(place, 0);
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = std::exp((value(place, i) - best) / temperature_);
  }

 private:
  double value(const OpenPlace& place, std::size_t i) const {
    const std::size_t at = place.left[i];
    return scale_ == Scale::kRelevance ? place.relevance[at] : static_cast<double>(place.pool[at].score);
  }

  double temperature_;
  Scale scale_;
};

}  // namespace p5
