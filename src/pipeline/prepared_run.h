// All that training needs except the run folder. Errors in options or data are reported here, before there is one.
#pragma once

#include <memory>

#include "base/option_table.h"
#include "model/sequence_model.h"
#include "pipeline/forgetting.h"
#include "pipeline/freshening.h"
#include "pipeline/run_config.h"
#include "pipeline/validation_metric.h"
#include "recommend/loaded_run.h"
#include "task/batch_stream.h"
#include "task/evidence_writer.h"
#include "task/task_data.h"
#include "task/task_mixture.h"
#include "task/unit_examples.h"
#include "train/trainer.h"

namespace p5 {

struct PreparedRun {
  // `of_new_events`: what a short training freshens the run with; null: the training is a whole one. It must outlive
  // this.
  PreparedRun(const RunConfig& config, const ModelBundle& bundle, const DataSplits& data,
              const Freshening* of_new_events = nullptr);

  const std::unique_ptr<SequenceModel> model;
  const LoadedRun loaded;
  ValidationMetric metric;
  const TaskData task_data;
  const Freshening* const freshening;  // null: the training is a whole one
  const std::shared_ptr<const TaskMixture> mixture;
  const std::shared_ptr<const EvidenceWriter> evidence;  // null: none
  BatchStream stream;
  const std::unique_ptr<UnitExamples> units;  // null: training is not by units
  const Forgetting* forgetting = nullptr;     // whom the training is to forget; null: nobody
  std::unique_ptr<BatchSource> others;        // batches of those who stay
  std::unique_ptr<UnitExamples> forgotten;    // of those who go
  std::unique_ptr<SequenceModel> base;        // of reinforcement learning: what the model was, frozen
};

// Throws InvalidArgument, with the options that set the size of the model, for one that does not fit the machine's
// memory. A GPU has its own memory and reports itself when that is used up.
void require_memory(const RunConfig& config, const OptionTable& table, const ModelBundle& bundle);

// The weights of config.train.init, where there are any, and the adapter of config.finetune on them.
void begin_from_init(const RunConfig& config, PreparedRun& prepared);

}  // namespace p5
