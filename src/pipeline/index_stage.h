// From data and prompts to what the model reads: tokenizer, item index and vocabulary, gathered in a bundle.
#pragma once

#include <filesystem>

#include "corpus/data_splits.h"
#include "pipeline/run_config.h"
#include "recommend/model_bundle.h"

namespace p5 {

// Whether ids are made of what the run's own encoder learns (index.vectors = ["encoder"]), which is then trained first.
bool makes_ids_of_own_encoder(const RunConfig& config);

// The bundle of a new run, not yet saved. Reads train parts only. An encoder that ids are made of is kept in `sources`,
// or nowhere. Throws InvalidArgument for options that do not fit, Interrupted while that encoder is trained.
ModelBundle build_bundle(const RunConfig& config, const DataSplits& data, const std::filesystem::path& corpus_folder,
                         const std::filesystem::path& sources = {});

// The bundle of a run that goes on from another one, whose items are the first of `data`: its prompts, words and ids,
// and ids for the items and users that are new.
ModelBundle extend_bundle(const ModelBundle& earlier, const RunConfig& config, const DataSplits& data,
                          const std::filesystem::path& corpus_folder);

}  // namespace p5
