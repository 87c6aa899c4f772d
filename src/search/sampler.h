// What a search tries next. Thread-safe: all const; the generator is the caller's.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "base/rng.h"
#include "search/search_space.h"

namespace p5 {

class Sampler {
 public:
  virtual ~Sampler() = default;
  // The next point, given what was observed so far, in any order. Depends on nothing else, so that a search that was
  // interrupted continues as it would have.
  virtual SearchPoint suggest(std::span<const Observation> observed, Rng& rng) const = 0;
};

// Uniform in the space, whatever was observed (Bergstra and Bengio 2012).
class RandomSampler final : public Sampler {
 public:
  explicit RandomSampler(const SearchSpace& space) : space_(&space) {}
  SearchPoint suggest(std::span<const Observation>, Rng& rng) const override { return space_->random_point(rng); }

 private:
  const SearchSpace* space_;
};

}  // namespace p5
