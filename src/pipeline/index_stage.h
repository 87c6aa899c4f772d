// From data and prompts to what the model reads: tokenizer, item index and vocabulary, gathered in a bundle.
#pragma once

#include <filesystem>

#include "corpus/data_splits.h"
#include "pipeline/run_config.h"
#include "recommend/model_bundle.h"

namespace p5 {

// The bundle of a new run, not yet saved. Reads train parts only. Throws InvalidArgument for options that do not fit.
ModelBundle build_bundle(const RunConfig& config, const DataSplits& data, const std::filesystem::path& corpus_folder);

// The bundle of a run that goes on from another one, whose items are the first of `data`: its prompts, words and ids,
// and ids for the items and users that are new.
ModelBundle extend_bundle(const ModelBundle& earlier, const RunConfig& config, const DataSplits& data,
                          const std::filesystem::path& corpus_folder);

}  // namespace p5
