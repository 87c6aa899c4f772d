// Draws training examples of one family from the train part of a split. Each sampler decides which examples can answer
// a prompt. Samples are drawn by index, so that an epoch is a permutation. Thread-safe: all const.
#pragma once

#include <cstddef>
#include <string>

#include "base/rng.h"
#include "task/task_example.h"

namespace p5 {

class TrainingSampler {
 public:
  virtual ~TrainingSampler() = default;
  virtual const std::string& family() const = 0;
  // What examples are made of: users for sequential and direct, training reviews for rating.
  virtual std::size_t size() const = 0;
  // One example of index `index`, below size(). All randomness comes from `rng`.
  virtual TaskExample sample(std::size_t index, Rng& rng) const = 0;
};

}  // namespace p5
