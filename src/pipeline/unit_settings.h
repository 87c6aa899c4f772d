// Settings that private and federated training need (docs/privacy.md): what nobody set is set for them, and what would
// break the promise of privacy is refused. Thread-safe: free functions.
#pragma once

#include <string>

#include "base/option_table.h"
#include "corpus/corpus.h"
#include "pipeline/run_config.h"
#include "train/trainer.h"

namespace p5 {

// Does nothing unless config.train.by_units(). `table` is bound to `config`. Throws InvalidArgument (request) for an
// option that somebody set and that would let events into the run without noise, naming it and why.
void apply_unit_settings(RunConfig& config, OptionTable& table);

// Private training that begins from weights that have met users of the corpus: throws InvalidArgument (request).
void require_foreign_weights(const RunConfig& config, const Corpus& corpus);

// What a private training has spent, what that covers and what not, in a few sentences.
std::string privacy_verdict(const TrainPrivacy& spent);

}  // namespace p5
