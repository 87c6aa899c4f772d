// What training samplers are made of; those of a run share the writer and the negatives. A plain value.
#pragma once

#include <memory>

#include "task/negative_sampler.h"
#include "task/prompt_writer.h"
#include "task/task_data.h"
#include "task/task_options.h"

namespace p5 {

struct SamplerInputs {
  TaskData data;
  TaskOptions options;
  std::shared_ptr<const PromptWriter> writer;
  std::shared_ptr<const NegativeSampler> negatives;  // of families that ask for rankings; null where all are off
};

SamplerInputs make_sampler_inputs(const TaskData& data, const TaskOptions& options);

}  // namespace p5
