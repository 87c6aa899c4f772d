#include "task/sampler_inputs.h"

#include "task/task_families.h"

namespace p5 {

SamplerInputs make_sampler_inputs(const TaskData& data, const TaskOptions& options) {
  SamplerInputs inputs{
      .data = data, .options = options, .writer = make_prompt_writer(data, options), .negatives = nullptr};
  for (const TaskFamily& family : task_families()) {
    const bool ranks = family.view == SplitView::kRanking && options.*family.samples > 0;
    if (ranks && !inputs.negatives) inputs.negatives = std::make_shared<const NegativeSampler>(*data.ranking);
  }
  return inputs;
}

}  // namespace p5
