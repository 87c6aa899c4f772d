// All families as one endless stream of training examples. An epoch is a seeded permutation of every (family, datum,
// repeat), or of the share of them that a family's options name; example number n depends on the seed and n alone, so
// that a stream is continued by its position and may be drawn by several threads. Immutable; thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "task/negative_sampler.h"
#include "task/prompted_task.h"

namespace p5 {

struct MixtureFamily {
  std::shared_ptr<const RecTask> task;
  std::int64_t samples = 1;  // examples a datum and epoch; 0 = off
  double share = 1;          // of these examples in an epoch: below 1 others in each epoch, above 1 some again
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
  // Changes with the seed, the families, their data and their samples: a position belongs to one fingerprint.
  std::uint64_t fingerprint() const;

 private:
  std::size_t datum_of(std::size_t family, std::uint64_t epoch, std::uint64_t within) const;

  std::vector<MixtureFamily> families_;
  std::vector<std::uint64_t> ends_;  // running sum of examples an epoch, [families]
  std::uint64_t seed_;
};

// The families that p5 knows and those of the prompts' own, with what the options give them: the one list of task
// classes. A family that is off is not made, so that its prompts and data may be missing. Throws InvalidArgument as
// family_numbers() does.
std::vector<MixtureFamily> make_task_families(const TaskData& data, const TaskOptions& options);
// Whether one of these families reads TaskData::explanations.
bool needs_explanations(const PromptLibrary& prompts, const TaskOptions& options);

}  // namespace p5
