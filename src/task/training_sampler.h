// Draws training examples of one family from the train part of a split. Each sampler decides which examples can answer
// a prompt. Samples are drawn by index, so that an epoch is a permutation. Thread-safe: all const.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/rng.h"
#include "corpus/corpus.h"
#include "task/task_example.h"

namespace p5 {

class TrainingSampler {
 public:
  virtual ~TrainingSampler() = default;
  virtual const std::string& family() const = 0;
  // What examples are made of: users for sequential and direct, training reviews for rating.
  virtual std::size_t size() const = 0;
  // Whose data alone examples of index `index` are made of; nothing where they show others', or nobody's.
  virtual std::optional<UserId> user_of(std::size_t /*index*/) const { return std::nullopt; }
  // Which event of user_of(index), counted from the oldest, those examples ask for; nothing where they draw one.
  virtual std::optional<std::size_t> place_of(std::size_t /*index*/) const { return std::nullopt; }
  // One example of index `index`, below size(). All randomness comes from `rng`.
  virtual TaskExample sample(std::size_t index, Rng& rng) const = 0;
};

}  // namespace p5
