// Pretrains a model on logs and texts, without labels.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "p5/options.h"
#include "pipeline/run_fit.h"
#include "pipeline/run_place.h"

namespace p5 {

// What a model can be pretrained on, by the names of --objective.
std::vector<std::string> pretraining_objectives();

struct PretrainSource {
  std::vector<std::filesystem::path> corpora;
  std::vector<std::string> objectives;  // "next-item=1", "text-span=0.5"; empty: next-item and both spans
};

// A new run in `place`. Several corpora are joined into one, <place>-corpus. Throws InvalidArgument (request) for an
// unknown objective, naming those that there are, and a data error where the corpus lacks what one needs.
TrainedRun pretrain_run(const Settings& settings, const PretrainSource& source, const RunPlace& place,
                        const StopToken& stop = {});

}  // namespace p5
