// How sources are opened: read from RUN/sources where it keeps what was fit to the same data with the same options,
// else fit and kept there, so that each is fit only once. Thread-safe: free functions; of the sources, those that ask
// the model are not.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "recommend/source_row.h"
#include "retrieval/candidate_source.h"
#include "retrieval/fitted_state.h"
#include "retrieval/rating_predictor.h"

namespace p5 {

// The folder of a run's fitted states.
std::filesystem::path sources_folder(const std::filesystem::path& run);
// The state of the earlier run that is to be taken as it is; null: none is, or there is none.
std::optional<FittedState> state_as_earlier(std::string_view saved_as, const SourceInputs& inputs);
// Where a source that is fit for minutes keeps its checkpoints; empty: nowhere. Another folder for other data or
// options: what was interrupted goes on only as the same.
std::filesystem::path training_folder(std::string_view name, const SourceInputs& inputs);
// Where a state is kept that belongs to a source and is counted with it, and what tells whether it is still right.
struct StatePlace {
  std::filesystem::path file;
  FittedOrigin origin;
};
// `more`: what decides it besides the data and the options of the row.
StatePlace place_beside(const SourceRow<CandidateSource>& row, const std::string& name, const SourceInputs& inputs,
                        const std::string& more = {});
// A source that was trained with the run, asked about all items of a corpus that has gained some since.
std::unique_ptr<CandidateSource> over_all_items(std::unique_ptr<CandidateSource> source, const SourceInputs& inputs);

// Read from the folder where it holds a state that was fit to this data with these options, else fit. Throws Corrupted
// (model) for a damaged state, InvalidArgument where the training data has nothing to learn from, Interrupted.
std::unique_ptr<CandidateSource> open_source(const SourceRow<CandidateSource>& row, const SourceInputs& inputs);
std::unique_ptr<RatingPredictor> open_source(const SourceRow<RatingPredictor>& row, const SourceInputs& inputs);
// Fits it anew and saves it, whatever the folder holds. Throws what open_source() throws, and Unavailable (system).
std::unique_ptr<CandidateSource> fit_source(const SourceRow<CandidateSource>& row, const SourceInputs& inputs);
// Whether the folder holds a state that open_source() would read. Throws Corrupted (model) for a damaged one.
bool is_fitted(const SourceRow<CandidateSource>& row, const SourceInputs& inputs);
// Where nearest.index says so, a source with vectors is asked through an index, which is kept beside its state.
std::unique_ptr<CandidateSource> open_candidate_source(std::string_view name, const SourceInputs& inputs);

}  // namespace p5
