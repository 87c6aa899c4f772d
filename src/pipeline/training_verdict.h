// What a training came to, in words: the validation of the run next to the baselines that only count, and what to do
// next. Not thread-safe.
#pragma once

#include <optional>
#include <string>

#include "pipeline/run_config.h"
#include "pipeline/run_directory.h"
#include "pipeline/validation_metric.h"
#include "recommend/loaded_run.h"
#include "retrieval/hybrid_model.h"
#include "train/trainer.h"

namespace p5 {

struct TrainingFacts {
  const RunDirectory& run;
  const LoadedRun& loaded;
  const ValidationMetric& metric;
  const RunConfig& config;
  const TrainResult& result;
  std::optional<HybridModel> hybrid;  // none where nothing was fused
};

// Two lines: "On 458 validation users, ...: NDCG@10 .117. popularity .100 (better by .015 ± .013), item-knn ..." and
// the next commands. Baselines are fit where the run has not kept them, and asked about the users of the validations. A
// training that was asked to stop gets no baselines.
std::string training_verdict(const TrainingFacts& facts);

// " The minutes were enough for 22 steps, 8% of one pass over the training data: ..."; empty where the training saw all
// of its data at least once, or was not ended by its minutes.
std::string shortage_of_time(const TrainResult& result);

}  // namespace p5
