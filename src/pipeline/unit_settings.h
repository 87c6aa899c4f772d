// Settings that training by units needs (private and federated: docs/privacy.md; Reptile: docs/finetuning.md): what
// nobody set is set for them, and what would break the promise of privacy is refused. Thread-safe: free functions.
#pragma once

#include <string>

#include "base/option_table.h"
#include "corpus/corpus.h"
#include "pipeline/run_config.h"
#include "train/trainer.h"

namespace p5 {

// Those of Reptile's outer steps and of the examples of its users, whoever has set others before (a base's own).
void set_reptile(OptionTable& table, const std::string& origin);

// Does nothing unless config.train.by_units(). `table` is bound to `config`. Throws InvalidArgument (request) for an
// option that somebody set and that would let events into the run without noise, naming it and why.
void apply_unit_settings(RunConfig& config, OptionTable& table);

// Private training that begins from weights that have met users of the corpus: throws InvalidArgument (request).
void require_foreign_weights(const RunConfig& config, const Corpus& corpus);

// What a private training has spent, what that covers and what not, in a few sentences.
std::string privacy_verdict(const TrainPrivacy& spent);

}  // namespace p5
