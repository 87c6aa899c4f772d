// All families as one endless stream of training examples. An epoch visits every (family, index, repeat) once, in
// seeded random order; `share` scales a family up or down. Example n depends only on the seed and n, so training
// resumes from a number and several threads may draw. Immutable; thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "task/training_sampler.h"

namespace p5 {

struct MixtureFamily {
  std::shared_ptr<const TrainingSampler> sampler;
  std::int64_t samples = 1;  // examples per index per epoch; 0 = off
  double share = 1;          // of these examples per epoch: below 1 a new subset each time, above 1 some repeat
  float weight = 1;          // of its rows in the loss
};

class TaskMixture {
 public:
  // Families that are off or have no data are left out. Throws InvalidArgument when none remains.
  TaskMixture(std::vector<MixtureFamily> families, std::uint64_t seed);

  struct Draw {
    TaskExample example;
    std::int16_t family;  // index into family_names()
    float weight;         // in the loss
  };
  // Example `position` of the stream, counted from the start of the first epoch.
  Draw draw(std::uint64_t position) const;

  std::uint64_t epoch_size() const { return ends_.back(); }
  std::uint64_t seed() const { return seed_; }
  std::vector<std::string> family_names() const;
  // Changes with the seed, the families, their sizes and their samples: a position belongs to one fingerprint.
  std::uint64_t fingerprint() const;

 private:
  std::size_t index_of(std::size_t family, std::uint64_t epoch, std::uint64_t within) const;

  std::vector<MixtureFamily> families_;
  std::vector<std::uint64_t> ends_;  // running sum of examples per epoch, [families]
  std::uint64_t seed_;
};

}  // namespace p5
