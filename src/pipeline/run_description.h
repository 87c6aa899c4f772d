// The settings and examples of a run that those who watch its training see (train/run_description.h). Thread-safe: a
// free function.
#pragma once

#include "corpus/corpus.h"
#include "pipeline/run_config.h"
#include "task/task_mixture.h"
#include "train/run_description.h"

namespace p5 {

// Settings of data, model and training that are not the default, and a few that always count; of each task family, the
// first examples of the first epoch, as `corpus` names items.
RunDescription describe_run(const RunConfig& config, const TaskMixture& mixture, const Corpus& corpus);

}  // namespace p5
