// A short training that keeps a run fresh (p5 update --adapter): few weights of its model learn from new events and
// replayed old ones, and what else was trained stays. Thread-safe: free functions.
#pragma once

#include "base/option_table.h"
#include "corpus/data_splits.h"
#include "model/adapter_options.h"
#include "p5/options.h"

namespace p5 {

struct Freshening {
  double new_share = 0.5;  // of the examples: those about events that the run was not trained on
  DataSplits before;       // what it was trained on
};

// Whether these options ask for it: an adapter, or the last blocks alone.
bool freshens(const AdapterOptions& options);

// Throws InvalidArgument (request) for an adapter that cannot become part of the weights, as each generation has whole
// ones, and for settings of what stays.
void check_freshening(const AdapterOptions& options, const Settings& settings);

// Settings that nobody changed in `overrides`: a constant rate, the weights of the last step, and each event as an
// example of its own, so that new ones can be drawn.
void set_freshening(const OptionTable& overrides, OptionTable& table);

}  // namespace p5
