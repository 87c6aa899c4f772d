// One source of items, or one predictor of ratings, as the lists of candidate_sources.h name it: its options, how it is
// fit to a run's training data, and how its fitted state is kept in RUN/sources.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "model/sequence_model.h"
#include "p5/stop_token.h"
#include "recommend/loaded_run.h"
#include "recommend/source_options.h"
#include "retrieval/candidate_source.h"
#include "retrieval/fitted_state.h"
#include "train/process_group.h"

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
  // The processes that open a source together, all with these inputs, except for the folder: what rank 0 does not find
  // in its folder is fit by all. Rank 0 gets the source, and the others null. Null: this process alone.
  ProcessGroup* group = nullptr;
  // Fitted states of an earlier run, whose items are the first ones of this one: encoders begin with its weights.
  std::filesystem::path earlier_folder = {};
  // Whether what is trained for minutes is not trained again where that folder has it: it is taken as it is, and items
  // that came since join it.
  bool as_earlier = false;
  // Which of the sources of one row that differ by their seed; open_candidate_source() reads it from the name.
  std::size_t number = 1;
  // Gives the parts of a hybrid, which must outlive it; null: it opens and keeps parts of its own.
  std::function<const CandidateSource&(const std::string& name)> part = {};

  const Split& ranking() const { return *run.data.ranking; }
  std::size_t item_count() const { return run.data.corpus->item_count(); }
};

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
  // Whether several processes can train it together.
  bool trains_together = false;
  // How wide its item vectors will be; null for sources that are no ItemVectorTable.
  std::int64_t (*vector_width)(const SourceOptions& options) = nullptr;
};

}  // namespace p5
