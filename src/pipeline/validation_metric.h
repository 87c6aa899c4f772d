// What train.select names: one score of one trained task, or the loss, measured on the validation part while a run
// trains. Not thread-safe: it uses one model at a time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "evaluate/task_result.h"
#include "model/sequence_model.h"
#include "pipeline/run_config.h"
#include "recommend/loaded_run.h"
#include "train/process_group.h"
#include "train/selection_metric.h"

namespace p5 {

class ValidationMetric {
 public:
  // Throws InvalidArgument (request) for a name without a task that the run trains. Whether the task has the score
  // shows at the first measurement. `run` must outlive the metric.
  ValidationMetric(const RunConfig& config, const LoadedRun& run);

  // From now on measure() is called by all processes of the group at once, and each ranks its part of the users; null:
  // this process measures alone. The group must live as long as it is used.
  void share(ProcessGroup* group) { group_ = group; }

  const SelectionMetric& metric() const { return metric_; }
  // How the validation part is asked.
  const EvaluateOptions& asked() const { return evaluate_; }
  // Of the best measurement so far, where the metric is NDCG@10 of the sequential task with seen items allowed: that of
  // each user. Empty for other metrics, and before the first measurement.
  const std::vector<double>& best_per_user() const { return best_per_user_; }
  // Of the model in its present state; nothing when the user asked to stop meanwhile. Throws InvalidArgument (request)
  // where the task has no such score, listing those that it has.
  std::optional<double> measure(SequenceModel& model) const;

 private:
  double value(SequenceModel& model) const;
  void remember(const Score& score) const;

  const LoadedRun* run_;
  ProcessGroup* group_ = nullptr;
  EvaluateOptions evaluate_;  // of the validation part
  SelectionMetric metric_;
  // What measure() found so far.
  mutable std::optional<double> best_;
  mutable std::vector<double> best_per_user_;
};

// The metric that "auto" stands for.
std::string default_metric(const TaskOptions& task, const PromptLibrary& prompts, bool has_ratings);

}  // namespace p5
