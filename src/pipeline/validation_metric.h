// What train.select names: one score of one trained task, or the loss, measured on the validation part while a run
// trains. Not thread-safe: it uses one model at a time.
#pragma once

#include <optional>
#include <string>

#include "model/sequence_model.h"
#include "pipeline/run_config.h"
#include "recommend/loaded_run.h"
#include "train/selection_metric.h"

namespace p5 {

class ValidationMetric {
 public:
  // Throws InvalidArgument (request) for a name without a task that the run trains. Whether the task has the score
  // shows at the first measurement. `run` must outlive the metric.
  ValidationMetric(const RunConfig& config, const LoadedRun& run);

  const SelectionMetric& metric() const { return metric_; }
  // Of the model in its present state; nothing when the user asked to stop meanwhile. Throws InvalidArgument (request)
  // where the task has no such score, listing those that it has.
  std::optional<double> measure(SequenceModel& model) const;

 private:
  double value(SequenceModel& model) const;

  const LoadedRun* run_;
  EvaluateOptions evaluate_;  // of the validation part
  SelectionMetric metric_;
};

// The metric that "auto" stands for.
std::string default_metric(const TaskOptions& task, const PromptLibrary& prompts, bool has_ratings);

}  // namespace p5
