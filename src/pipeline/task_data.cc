#include "pipeline/task_data.h"

#include "explain/explanation_set.h"
#include "task/task_families.h"

namespace p5 {

TaskData make_task_data(const DataSplits& data, const ModelBundle& bundle, const RunConfig& config,
                        std::shared_ptr<const AnswerEvidence> answers) {
  const bool explain = needs_explanations(*bundle.prompts, config.task);
  return {.ranking = data.ranking,
          .reviews = data.reviews,
          .prompts = bundle.prompts,
          .explanations = explain ? make_explanations(*data.reviews, config.explain) : nullptr,
          .answers = std::move(answers),
          .scale = bundle.scale};
}

}  // namespace p5
