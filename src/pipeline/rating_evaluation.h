// Measures the stars that a model predicts for the reviews of a part. Not thread-safe: it uses one model.
#pragma once

#include <optional>
#include <string>

#include "evaluate/task_result.h"
#include "examine/asked_run.h"
#include "recommend/mixed_ratings.h"

namespace p5 {

struct MeasuredRatings {
  TaskResult model;                      // the model alone
  std::optional<TaskResult> mixed = {};  // with what it is mixed with
};

// The reviews of run.part() (reviews_to_ask()), asked with `prompt`. `mixed` null: the model alone. Throws Interrupted
// between two batches.
MeasuredRatings measure_ratings(const AskedRun& run, const std::string& prompt, const MixedRatings* mixed = nullptr);

}  // namespace p5
