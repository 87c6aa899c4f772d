// Measures one configuration of a search. Not thread-safe.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "p5/options.h"
#include "p5/stop_token.h"

namespace p5 {

class TrialRunner {
 public:
  virtual ~TrialRunner() = default;
  // The validation NDCG@10 with these settings above the configuration of all trials. `name` is of the trial's files.
  // Throws Interrupted, and Error when the trial fails.
  virtual double run(const Settings& settings, const std::string& name) = 0;
};

struct TrialInputs {
  std::filesystem::path corpus, config;  // the configuration may be empty
  Settings settings;                     // of all trials
  std::filesystem::path folder;          // for runs
  std::filesystem::path program;
  StopToken stop;
};

// Fits a source in this process, to data that is opened once.
std::unique_ptr<TrialRunner> make_source_runner(const TrialInputs& inputs);
// Trains a run in a process of its own; only the best run stays in the folder.
std::unique_ptr<TrialRunner> make_training_runner(const TrialInputs& inputs);

}  // namespace p5
