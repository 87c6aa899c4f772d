// Trains a run: data, bundle, batches, fit, weights.
#pragma once

#include <filesystem>

#include "base/option_table.h"
#include "pipeline/run_config.h"
#include "pipeline/run_directory.h"
#include "train/trainer.h"

namespace p5 {

// A new run in `out`, which must be free (RunDirectory::require_free()). `table` is bound to `config`; where nobody
// configured the run, it gets automatic settings (pipeline/automatic_settings.h). A stop that
// config.evaluate.stop asks for ends it in good order.
TrainResult train_run(RunConfig& config, OptionTable& table, const std::filesystem::path& corpus,
                      const std::filesystem::path& out);

// Continues the run in `out` from its checkpoint. The run's own configuration counts; `overrides` are the options that
// the user gave now, and must agree with it except in budgets (train.max_minutes, train.checkpoint_minutes, device.*,
// evaluate.*). Throws InvalidArgument naming both values, or the folder when another program trains there.
TrainResult resume_run(const OptionTable& overrides, const std::filesystem::path& out, const StopToken& stop = {});

}  // namespace p5
