// Fine-tunes a trained run, or a T5 in Hugging Face's layout, on a corpus and on some tasks: all of its weights, or an
// adapter beside them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "p5/options.h"
#include "pipeline/run_fit.h"
#include "pipeline/run_place.h"

namespace p5 {

enum class Finetuning { kSupervised, kByRewards };

struct FinetuneSource {
  std::filesystem::path from;      // a run, or a folder with config.json, weights and spiece.model
  std::filesystem::path corpus;    // empty: that of the run
  std::vector<std::string> tasks;  // families that are trained; empty: those of the run
  Finetuning way =
      Finetuning::kSupervised;  // by rewards (pipeline/policy_batches.h): all weights where nobody says else
};

// A new run in `place`. It has the settings of the run it comes from, except those that `settings` change. Words are
// those of the base, and so are items of the same catalogue. Throws InvalidArgument (request) for a family that there
// is not, naming those that there are.
TrainedRun finetune_run(const Settings& settings, const FinetuneSource& source, const RunPlace& place,
                        const StopToken& stop = {});

}  // namespace p5
