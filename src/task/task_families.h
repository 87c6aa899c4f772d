// The list of task families: how often each is trained on, which split its questions are about, and what draws its
// examples. A new family is one row here, one in prompt/prompt_families.h and one option (task_options.h).
// Thread-safe: constant data and free functions.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "prompt/prompt_template.h"
#include "task/sampler_inputs.h"
#include "task/task_mixture.h"
#include "task/task_options.h"
#include "task/training_sampler.h"

namespace p5 {

// Which split the questions of a family are about (TaskData).
enum class SplitView : std::uint8_t {
  kRanking,  // which item a user takes
  kReviews,  // what a user says about an item
};

struct TaskFamily {
  std::string_view name;  // as prompts and options spell it
  std::int64_t TaskOptions::*samples;
  SplitView view;
  // The descriptions of user and item suffice, so that no prompt needs the item's name.
  bool needs_no_names;
  bool reads_explanations;
  std::shared_ptr<const TrainingSampler> (*make_sampler)(std::string family, const SamplerInputs& inputs);
  bool pretrains = false;  // its examples need no prompt and no label
};

// The families that p5 knows, in the order of a mixture.
std::span<const TaskFamily> task_families();
// The row of a family. Custom families, which are all that p5 does not know, share one.
const TaskFamily& task_family(std::string_view name);
// The family that asks this prompt: its own, or for a zero-shot prompt the first that asks the same.
const TaskFamily& asking_family(const PromptTemplate& prompt);
// "task.rating_samples"
std::string samples_option(const TaskFamily& family);

// The families that are on, custom families included, with their options. A family that is off is not made, so that its
// prompts and data may be missing. Throws InvalidArgument as family_numbers() does.
std::vector<MixtureFamily> make_task_families(const TaskData& data, const TaskOptions& options);
// Those of them that need no label.
std::vector<MixtureFamily> pretraining_families(const TaskData& data, const TaskOptions& options);
// Whether one of these families reads TaskData::explanations.
bool needs_explanations(const PromptLibrary& prompts, const TaskOptions& options);

}  // namespace p5
