// The training of a prepared run in its folder: the model, stars, sources and the hybrid.
#pragma once

#include <filesystem>
#include <string>

#include "pipeline/prepared_run.h"
#include "pipeline/run_config.h"
#include "pipeline/run_directory.h"
#include "pipeline/run_place.h"
#include "train/trainer.h"

namespace p5 {

struct TrainedRun : TrainResult {
  std::string verdict;  // in words, and what to do next (pipeline/training_verdict.h)
};

// How a training begins: anew, or where an earlier one stopped.
struct Continued {
  bool resume = false;
  bool ended = false;                     // there is nothing left to train
  bool beyond_plan = false;               // it had ended by its steps or its patience, and goes on
  std::filesystem::path leader_run = {};  // of a process that trains with others: the run of rank 0
};

// Trains in the folder `run` and keeps there what was trained.
TrainedRun fit_run(PreparedRun& prepared, const RunConfig& config, const RunDirectory& run, const Continued& earlier);

// Makes the folder of a new run and trains it. A run that has nothing to keep when its training fails leaves none.
TrainedRun fit_new_run(PreparedRun& prepared, const RunConfig& config, const std::string& config_toml,
                       const RunPlace& place);

}  // namespace p5
