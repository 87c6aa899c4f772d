#include "recommend/opened_sources.h"

#include <fmt/format.h>

#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

#include "base/logger.h"
#include "base/rng.h"
#include "p5/error.h"
#include "recommend/candidate_sources.h"
#include "recommend/numbered_name.h"
#include "retrieval/cold_items.h"
#include "retrieval/indexed_source.h"

namespace p5 {
namespace {

// The options that decide what is learnt: of the split and of the source. A hybrid keeps what it chose with its state.
template <typename Product>
std::string options_text(const SourceRow<Product>& row, const SourceInputs& inputs) {
  OptionTable table;
  SplitOptions split = inputs.run.bundle.split;
  split.bind(table);
  SourceOptions options = inputs.options;
  if (row.fuses) {
    if constexpr (std::is_same_v<Product, CandidateSource>) bind_others(row, options, table);
  } else {
    if (row.bind != nullptr) row.bind(options, table);
    if (row.bind_used != nullptr) row.bind_used(options, table);
  }
  return table.to_toml();
}

// Of what training left behind only its metrics are kept once its result is saved.
void remove_training(std::string_view name, const SourceInputs& inputs) {
  std::error_code ignored;
  std::filesystem::rename(training_folder(name, inputs) / "metrics.jsonl",
                          inputs.folder / (std::string(name) + ".metrics.jsonl"), ignored);
  std::filesystem::remove_all(training_folder(name, inputs), ignored);
}

template <typename Product>
FittedOrigin origin_of(const SourceRow<Product>& row, const SourceInputs& inputs) {
  const bool of_training = row.stays && inputs.run.has_other_data();
  return {.source = std::string(row.saved_as),
          .data_sha256 = of_training ? inputs.run.bundle.data_sha256 : inputs.run.data.corpus->info().data_sha256,
          .options = options_text(row, inputs)};
}

// What is counted on data that the run gained later is kept apart from what belongs to its training.
std::filesystem::path folder_of_counts(const SourceInputs& inputs) {
  return inputs.run.has_other_data() ? inputs.folder / "other-data" : inputs.folder;
}

template <typename Product>
std::filesystem::path file_of(const SourceRow<Product>& row, const SourceInputs& inputs) {
  const std::string name = numbered(row.saved_as, inputs.number) + ".fit";
  return (row.stays ? inputs.folder : folder_of_counts(inputs)) / name;
}

template <typename Product>
std::unique_ptr<Product> open_row(const SourceRow<Product>& row, const SourceInputs& inputs) {
  if (row.saved_as.empty() || inputs.folder.empty()) return row.fit(inputs);
  const FittedOrigin origin = origin_of(row, inputs);
  const bool leads = inputs.group == nullptr || inputs.group->world().leads();
  const auto state = leads ? FittedState::load(file_of(row, inputs), origin) : std::nullopt;
  if (inputs.group != nullptr) {
    const bool found = inputs.group->gather(state ? "found" : "").front() == "found";
    if (!leads) return found ? nullptr : row.fit(inputs);
  }
  if (state) return row.load(*state, inputs);
  auto fitted = row.fit(inputs);
  if (!inputs.keep) return fitted;
  try {
    row.state(*fitted).save(file_of(row, inputs), origin);
    if constexpr (std::is_same_v<Product, CandidateSource>) remove_training(numbered(row.name, inputs.number), inputs);
  } catch (const Error& error) {  // answers do not depend on it
    log_warning(std::string("a fitted source was not saved, so it will be fit again: ") + error.what());
  }
  return fitted;
}

// The options that an index is built with.
std::string shape_of(const EmbeddingIndexOptions& options) {
  return fmt::format("index {} {} {} {} {}\n", static_cast<int>(options.kind), options.lists, options.links,
                     options.construction, options.seed);
}

// The source behind an index of its vectors, where options want one that is not exact: exact is what sources are.
std::unique_ptr<CandidateSource> with_index(std::unique_ptr<CandidateSource> source,
                                            const SourceRow<CandidateSource>& row, const SourceInputs& inputs) {
  const EmbeddingIndexOptions& options = inputs.options.nearest;
  const auto* const vectors = dynamic_cast<const VectorSource*>(source.get());
  if (vectors == nullptr || options.chosen(inputs.item_count()) == EmbeddingIndexOptions::Kind::kExact) return source;
  const auto [file, origin] =
      place_beside(row, numbered(row.saved_as, inputs.number) + ".index", inputs, shape_of(options));
  if (!inputs.folder.empty()) {
    if (const auto state = FittedState::load(file, origin)) {
      return std::make_unique<IndexedSource>(std::move(source), EmbeddingIndex(*state, options), inputs.threads);
    }
  }
  EmbeddingIndex index(vectors->item_vectors(), vectors->vector_width(), options, inputs.threads);
  if (!inputs.folder.empty() && inputs.keep) {
    try {
      index.state().save(file, origin);
    } catch (const Error& error) {  // answers do not depend on it
      log_warning(std::string("an index was not saved, so it will be built again: ") + error.what());
    }
  }
  return std::make_unique<IndexedSource>(std::move(source), std::move(index), inputs.threads);
}

}  // namespace

StatePlace place_beside(const SourceRow<CandidateSource>& row, const std::string& name, const SourceInputs& inputs,
                        const std::string& more) {
  return {.file = folder_of_counts(inputs) / (name + ".fit"),
          .origin = {.source = name,
                     .data_sha256 = inputs.run.data.corpus->info().data_sha256,
                     .options = options_text(row, inputs) + more}};
}

std::filesystem::path training_folder(std::string_view name, const SourceInputs& inputs) {
  if (inputs.folder.empty() || !inputs.keep) return {};
  const std::string origin =
      inputs.run.data.corpus->info().data_sha256 + options_text(require_candidate_source(name), inputs);
  return inputs.folder / fmt::format("{}.training-{:016x}", name, stable_hash(origin));
}

std::unique_ptr<CandidateSource> over_all_items(std::unique_ptr<CandidateSource> source, const SourceInputs& inputs) {
  if (!inputs.run.has_new_items()) return source;
  return std::make_unique<ContentFilledSource>(std::move(source), inputs.run.known_items(), inputs.item_count(),
                                               inputs.run.like_new_items());
}

std::filesystem::path sources_folder(const std::filesystem::path& run) { return run / "sources"; }

std::optional<FittedState> state_as_earlier(std::string_view saved_as, const SourceInputs& inputs) {
  if (!inputs.as_earlier || inputs.earlier_folder.empty()) return std::nullopt;
  return FittedState::load_any(inputs.earlier_folder / (std::string(saved_as) + ".fit"), saved_as);
}

std::unique_ptr<CandidateSource> open_source(const SourceRow<CandidateSource>& row, const SourceInputs& inputs) {
  return open_row(row, inputs);
}
std::unique_ptr<RatingPredictor> open_source(const SourceRow<RatingPredictor>& row, const SourceInputs& inputs) {
  return open_row(row, inputs);
}

std::unique_ptr<CandidateSource> fit_source(const SourceRow<CandidateSource>& row, const SourceInputs& inputs) {
  auto fitted = row.fit(inputs);
  row.state(*fitted).save(file_of(row, inputs), origin_of(row, inputs));
  return fitted;
}

bool is_fitted(const SourceRow<CandidateSource>& row, const SourceInputs& inputs) {
  return !inputs.folder.empty() && FittedState::load(file_of(row, inputs), origin_of(row, inputs)).has_value();
}

std::unique_ptr<CandidateSource> open_candidate_source(std::string_view name, const SourceInputs& inputs) {
  const SourceRow<CandidateSource>& row = require_candidate_source(name);
  SourceInputs numbered = inputs;
  numbered.number = split_number(name).number;
  if (numbered.number > 1) *row.seed(numbered.options) += numbered.number - 1;
  // What was trained stays; trained anew on other data, it would not be part of this run.
  if (row.stays && inputs.run.has_other_data()) numbered.keep = false;
  return with_index(open_source(row, numbered), row, numbered);
}

}  // namespace p5
