// Tree-structured Parzen estimator (Bergstra, Bardenet, Bengio and Kegl 2011, "Algorithms for hyper-parameter
// optimization"): the best share of the observations and the rest each give a density per setting, l and g; of points
// drawn from l, the one with the highest l / g is tried next, which is the one with the highest expected improvement.
// Thread-safe: all const.
#pragma once

#include <cstddef>
#include <span>

#include "search/sampler.h"

namespace p5 {

struct TpeOptions {
  std::size_t startup = 10;     // random points first
  double good_share = 0.15;     // of the observations, for l: the paper's gamma
  std::size_t candidates = 24;  // drawn from l per setting
};

class TpeSampler final : public Sampler {
 public:
  // The space must outlive the sampler.
  TpeSampler(const SearchSpace& space, const TpeOptions& options) : space_(&space), options_(options) {}
  SearchPoint suggest(std::span<const Observation> observed, Rng& rng) const override;

 private:
  const SearchSpace* space_;
  TpeOptions options_;
};

}  // namespace p5
