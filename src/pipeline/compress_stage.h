// Makes a run smaller and faster: a student that learns from it, fewer attention heads, weights in 8-bit integers; and
// measures what that costs.
#pragma once

#include <filesystem>

#include "p5/options.h"
#include "p5/stop_token.h"
#include "pipeline/compress_options.h"
#include "pipeline/compression_report.h"
#include "pipeline/run_config.h"
#include "pipeline/run_fit.h"
#include "pipeline/run_place.h"

namespace p5 {

struct CompressPlan {
  std::filesystem::path run;
  bool distil = false;  // train a smaller model on what the run answers; settings of its size and training
  bool prune = false;   // take attention heads out (t5/head_pruning.h)
  bool int8 = false;    // round weights to 8-bit integers (t5/int8_checkpoint.h)
};

// A new run in `place` that answers as `plan.run` does, with a smaller model; what the run has fitted is copied, its
// checkpoint and reports are not. `settings`: of compress.*; with `distil` those of the student too; else decode.*,
// evaluate.* and device.* of the comparison. Throws InvalidArgument (request) where the plan asks for nothing or for
// more heads than there are, Unsupported (model) for a model that is not a T5, or too wide, and what reading a run
// throws. A run that cannot be finished leaves no folder.
CompressionReport compress_run(const Settings& settings, const CompressPlan& plan, const RunPlace& place,
                               const StopToken& stop = {});

}  // namespace p5
