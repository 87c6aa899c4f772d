// How train.minutes is shared between the sequence encoder, the model's own steps and what is fit after them.
// Thread-safe: free functions.
#pragma once

#include "base/option_table.h"
#include "pipeline/run_config.h"

namespace p5 {

// Shares of the minutes of a training.
struct TimeShares {
  double encoder = 0.4;  // of one encoder
  double model = 0.5;    // the rest is for the other sources and the fusion
};

// Limits, within train.minutes, what nobody has limited: the encoder where the run trains one, and the model's steps
// where other sources are fit too. `table` is bound to `config`.
void share_minutes(const RunConfig& config, OptionTable& table);

}  // namespace p5
