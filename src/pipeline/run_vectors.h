// The item vectors that the sequence encoder of a trained run has learnt, for another run over the same items: as a
// view of item ids (index.vectors = ["encoder:RUN"]) or as what item tokens begin with (train.item_vectors =
// "encoder:RUN"), and those of the run's own. Thread-safe: free functions.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "corpus/data_splits.h"
#include "p5/stop_token.h"
#include "recommend/loaded_run.h"
#include "recommend/source_row.h"
#include "retrieval/vector_source.h"

namespace p5 {

// "RUN" of "encoder:RUN"; none for other texts.
std::optional<std::filesystem::path> run_of_encoder(std::string_view name);

// [items of the run, width], the first items of `data`; the others are new since. Throws NotFound (model) where the run
// keeps no encoder, InvalidArgument (model) where its items are not the first of `data`, or where its training saw
// other events than this split shows: a split that hides items would see them through the vectors.
ItemVectors vectors_of_run(const std::filesystem::path& run, const DataSplits& data, const SplitOptions& split,
                           std::size_t threads);

// The same of the encoder of the run that is being made, whose ids do not exist yet: it is read from `folder` or
// trained and kept there, and what was interrupted goes on; an empty folder keeps nothing. `run` has the data and any
// ids. Throws what open_candidate_source() throws.
ItemVectors vectors_of_own_encoder(const LoadedRun& run, const SourceOptions& options,
                                   const std::filesystem::path& folder, std::size_t threads, const StopToken& stop);

}  // namespace p5
