// What the tasks of a run read: splits, prompts, and explanations where a family that is on asks for them.
// Thread-safe: a free function.
#pragma once

#include <memory>

#include "corpus/data_splits.h"
#include "pipeline/run_config.h"
#include "recommend/model_bundle.h"
#include "task/task_data.h"

namespace p5 {

// With the prompts and the rating scale of the bundle; `answers` as in TaskData. Throws as make_explanations() does.
TaskData make_task_data(const DataSplits& data, const ModelBundle& bundle, const RunConfig& config,
                        std::shared_ptr<const AnswerEvidence> answers = nullptr);

}  // namespace p5
