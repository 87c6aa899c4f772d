// Two lists that all commands use: sources that propose items, and predictors of ratings that use no text. A source is
// a row: its name, its options, how it is fit to a run's training data, and how its fitted state is kept in
// RUN/sources, so that it is fit only once. Thread-safe: free functions; of the sources, those that ask the
// model are not.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "model/sequence_model.h"
#include "p5/stop_token.h"
#include "recommend/loaded_run.h"
#include "recommend/source_options.h"
#include "retrieval/candidate_source.h"
#include "retrieval/cold_items.h"
#include "retrieval/fitted_state.h"
#include "retrieval/rating_predictor.h"

namespace p5 {

// What sources are made from. Run and model must outlive them.
struct SourceInputs {
  const LoadedRun& run;
  SourceOptions options;
  std::size_t threads = 0;            // for fitting; 0 = all cores
  SequenceModel* model = nullptr;     // the model of "p5"
  std::filesystem::path folder = {};  // of the run's fitted states, where they are read from; empty: nowhere
  bool keep = false;                  // whether states that the folder lacks are saved in it
  StopToken stop = {};                // ends a fit
  // Fitted states of an earlier run, whose items are the first ones of this one: encoders begin with its weights.
  std::filesystem::path earlier_folder = {};
  // Whether what is trained for minutes is not trained again where that folder has it: it is taken as it is, and items
  // that came since join it.
  bool as_earlier = false;
  // Which of the sources of one row that differ by their seed; open_candidate_source() reads it from the name.
  std::size_t number = 1;
  // Gives the parts of a hybrid, which must outlive it; null: it opens and keeps parts of its own.
  std::function<const CandidateSource&(const std::string& name)> part = {};
};

// The folder of a run's fitted states.
std::filesystem::path sources_folder(const std::filesystem::path& run);
// The state of the earlier run that is to be taken as it is; null: none is, or there is none.
std::optional<FittedState> state_as_earlier(std::string_view saved_as, const SourceInputs& inputs);
// Where a source that is fit for minutes keeps its checkpoints; empty: nowhere. Another folder for other data or
// options: what was interrupted goes on only as the same.
std::filesystem::path training_folder(std::string_view name, const SourceInputs& inputs);
// A source that was trained with the run, asked about all items of a corpus that has gained some since.
std::unique_ptr<CandidateSource> over_all_items(std::unique_ptr<CandidateSource> source, const SourceInputs& inputs);

// The lists of the model, over all items, with places for items without training events.
std::unique_ptr<CandidateSource> with_cold_places(std::unique_ptr<CandidateSource> source, const SourceInputs& inputs);
// The source "cold-items", which inputs.part keeps where it is given. Null where cold.weight is 0, and where every item
// has a training event or none has content.
std::shared_ptr<const ColdItemsSource> open_cold_items(const SourceInputs& inputs);

template <typename Product>
struct SourceRow {
  std::string_view name, summary;
  std::unique_ptr<Product> (*fit)(const SourceInputs& inputs);  // looks at train parts alone
  void (*bind)(SourceOptions& options, OptionTable& table) = nullptr;
  // Options of another row that its fit depends on too.
  void (*bind_used)(SourceOptions& options, OptionTable& table) = nullptr;
  // What is kept, under the name of a file; empty: nothing, since reading would take as long as fitting.
  std::string_view saved_as = {};
  FittedState (*state)(const Product& fitted) = nullptr;
  std::unique_ptr<Product> (*load)(const FittedState& state, const SourceInputs& inputs) = nullptr;
  // Whether its scores distinguish given items, so that it can choose among a few.
  bool chooses = true;
  // What its scores are: "log-probability", "log-score" (of a fusion), "logit", or "score", which is not negative.
  std::string_view score_kind = "score";
  // Whether its answers depend on the history, so that an item of the history can be a reason for them.
  bool uses_history = true;
  // Asks the model, so that each worker opens its own.
  bool asks_model = false;
  // Whether the hybrid fuses it where hybrid.sources names no parts; null: never.
  bool (*is_part)(const SourceInputs& inputs) = nullptr;
  // Learns from the answers of other sources, so that their options decide what is learnt, and not its own.
  bool fuses = false;
  // Part of what was trained: it stays as it is where the corpus has gained events, users or items since. What is
  // merely counted is counted again.
  bool stays = false;
  // The seed of its random choices, where an ensemble can have several: "encoder#2" is the second, with seed + 1.
  std::uint64_t* (*seed)(SourceOptions& options) = nullptr;
  // How wide its item vectors will be; null for sources that are no ItemVectorTable.
  std::int64_t (*vector_width)(const SourceOptions& options) = nullptr;
};

std::span<const SourceRow<CandidateSource>> candidate_sources();
std::span<const SourceRow<RatingPredictor>> rating_predictors();

// Null for names that are on no list. "encoder#2" is found as "encoder".
const SourceRow<CandidateSource>* find_candidate_source(std::string_view name);
const SourceRow<RatingPredictor>* find_rating_predictor(std::string_view name);

// Read from the folder where it holds a state that was fit to this data with these options, else fit. Throws Corrupted
// (model) for a damaged state, InvalidArgument where the training data has nothing to learn from, Interrupted.
std::unique_ptr<CandidateSource> open_source(const SourceRow<CandidateSource>& row, const SourceInputs& inputs);
std::unique_ptr<RatingPredictor> open_source(const SourceRow<RatingPredictor>& row, const SourceInputs& inputs);
// Fits it anew and saves it, whatever the folder holds. Throws what open_source() throws, and Unavailable (system).
std::unique_ptr<CandidateSource> fit_source(const SourceRow<CandidateSource>& row, const SourceInputs& inputs);
// Whether the folder holds a state that open_source() would read. Throws Corrupted (model) for a damaged one.
bool is_fitted(const SourceRow<CandidateSource>& row, const SourceInputs& inputs);
// By name. Throw NotFound, listing the known names.
const SourceRow<CandidateSource>& require_candidate_source(std::string_view name);
// Where nearest.index says so, a source with vectors is asked through an index, which is kept beside its state.
std::unique_ptr<CandidateSource> open_candidate_source(std::string_view name, const SourceInputs& inputs);

}  // namespace p5
