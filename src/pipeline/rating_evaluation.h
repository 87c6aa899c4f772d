// Measures the stars that a model predicts for the reviews of a part. Not thread-safe: it uses one model.
#pragma once

#include <string>

#include "evaluate/task_result.h"
#include "examine/asked_run.h"

namespace p5 {

// Every rated review of run.part(), asked with `prompt`. Throws Interrupted between two batches.
TaskResult measure_ratings(const AskedRun& run, const std::string& prompt);

}  // namespace p5
