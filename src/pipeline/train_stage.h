// Trains a new run: data, bundle, batches, fit, weights.
#pragma once

#include <filesystem>

#include "base/option_table.h"
#include "pipeline/run_config.h"
#include "pipeline/run_fit.h"
#include "pipeline/run_place.h"

namespace p5 {

// A new run. `table` is bound to `config`; where nobody configured the run, it gets automatic settings
// (pipeline/automatic_settings.h). Options, data and place are checked before the work begins; a run that fails before
// it has anything to keep leaves no folder. A stop that config.evaluate.stop asks for ends it in good order.
TrainedRun train_run(RunConfig& config, OptionTable& table, const std::filesystem::path& corpus, const RunPlace& place);

}  // namespace p5
