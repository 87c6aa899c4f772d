#include "recommend/candidate_sources.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

#include "base/logger.h"
#include "p5/error.h"
#include "recommend/generative_source.h"
#include "recommend/hybrid_row.h"
#include "retrieval/global_mean_predictor.h"
#include "retrieval/id_arithmetic_source.h"
#include "retrieval/popularity_source.h"
#include "retrieval/rated_source.h"
#include "retrieval/user_item_mean_predictor.h"

namespace p5 {
namespace {

std::vector<std::int64_t> numbers_of(const ItemIndex& index) {
  std::vector<std::int64_t> numbers(index.size());
  for (ItemId item = 0; item < index.size(); ++item) numbers[item] = index.number(item);
  return numbers;
}

const Split& ranking_of(const SourceInputs& inputs) { return *inputs.run.data.ranking; }
const Split& reviews_of(const SourceInputs& inputs) { return *inputs.run.data.reviews; }
std::size_t items_of(const SourceInputs& inputs) { return inputs.run.data.corpus->item_count(); }

std::unique_ptr<CandidateSource> make_p5(const SourceInputs& inputs) {
  if (inputs.model == nullptr) {
    throw usage_error("the model is needed to propose items", {.where = "source 'p5'", .expected = "a trained run"});
  }
  const ModelBundle& bundle = inputs.run.bundle;
  return std::make_unique<GenerativeSource>(*inputs.model, inputs.run,
                                            generative_options("p5", bundle.answer, bundle.decode));
}

std::unique_ptr<CandidateSource> fit_popularity(const SourceInputs& inputs) {
  return std::make_unique<PopularitySource>(ranking_of(inputs));
}
std::unique_ptr<CandidateSource> load_popularity(const FittedState& state, const SourceInputs& inputs) {
  return std::make_unique<PopularitySource>(state, items_of(inputs));
}

std::unique_ptr<CandidateSource> fit_knn(const SourceInputs& inputs) {
  return std::make_unique<ItemKnnSource>(ranking_of(inputs), inputs.options.knn, inputs.threads);
}
std::unique_ptr<CandidateSource> load_knn(const FittedState& state, const SourceInputs& inputs) {
  return std::make_unique<ItemKnnSource>(state, inputs.options.knn, items_of(inputs));
}
void bind_knn(SourceOptions& options, OptionTable& table) { options.knn.bind(table); }

std::unique_ptr<CandidateSource> make_id_arithmetic(const SourceInputs& inputs) {
  return std::make_unique<IdArithmeticSource>(numbers_of(*inputs.run.bundle.index));
}

bool always(const SourceInputs&) { return true; }
bool has_model(const SourceInputs& inputs) {
  return inputs.model != nullptr && inputs.run.bundle.task.sequential_samples > 0;
}

void bind_mf(SourceOptions& options, OptionTable& table) { options.mf.bind(table); }
constexpr std::string_view kFactorization = "matrix-factorization";

std::unique_ptr<CandidateSource> ranked_by(std::unique_ptr<MatrixFactorizationPredictor> predictor,
                                           const SourceInputs& inputs) {
  return std::make_unique<RatedSource>("best-rated", std::move(predictor), items_of(inputs));
}
std::unique_ptr<CandidateSource> fit_best_rated(const SourceInputs& inputs) {
  return ranked_by(std::make_unique<MatrixFactorizationPredictor>(reviews_of(inputs), inputs.options.mf, inputs.stop), inputs);
}
std::unique_ptr<CandidateSource> load_best_rated(const FittedState& state, const SourceInputs& inputs) {
  return ranked_by(std::make_unique<MatrixFactorizationPredictor>(state), inputs);
}
FittedState best_rated_state(const CandidateSource& source) {
  const auto& rated = static_cast<const RatedSource&>(source);
  return static_cast<const MatrixFactorizationPredictor&>(rated.predictor()).state();
}

// The state of a product that is known to be a `Fitted`, since its own row made it.
template <typename Fitted, typename Product>
FittedState state_of(const Product& product) {
  return static_cast<const Fitted&>(product).state();
}
template <typename Predictor>
std::unique_ptr<RatingPredictor> load_predictor(const FittedState& state, const SourceInputs&) {
  return std::make_unique<Predictor>(state);
}

constexpr std::array kCandidateSources{
    SourceRow<CandidateSource>{.name = "p5", .summary = "the trained model itself", .fit = make_p5,
                               .asks_model = true, .is_part = has_model},
    SourceRow<CandidateSource>{.name = "id-arithmetic",
                               .summary = "the next numbers after those of the history: what ids alone give away",
                               .fit = make_id_arithmetic,
                               .chooses = false},
    SourceRow<CandidateSource>{.name = "popularity",
                               .summary = "the items with the most training interactions",
                               .fit = fit_popularity,
                               .saved_as = "popularity",
                               .state = state_of<PopularitySource>,
                               .load = load_popularity,
                               .is_part = always},
    SourceRow<CandidateSource>{.name = "item-knn",
                               .summary = "items that occur near those of the history in training histories",
                               .fit = fit_knn,
                               .bind = bind_knn,
                               .saved_as = "item-knn",
                               .state = state_of<ItemKnnSource>,
                               .load = load_knn,
                               .is_part = always},
    SourceRow<CandidateSource>{.name = "best-rated",
                               .summary = "the items that matrix factorization expects the user to rate highest",
                               .fit = fit_best_rated,
                               .bind = bind_mf,
                               .saved_as = kFactorization,
                               .state = best_rated_state,
                               .load = load_best_rated},
    SourceRow<CandidateSource>{.name = "hybrid",
                               .summary = "the other sources fused, as ranks best on the validation part",
                               .fit = fit_hybrid_row,
                               .bind = bind_hybrid_row,
                               .saved_as = "hybrid",
                               .state = hybrid_row_state,
                               .load = load_hybrid_row,
                               .asks_model = true,
                               .fuses = true},
};

constexpr std::array kRatingPredictors{
    SourceRow<RatingPredictor>{
        .name = "user-item-mean",
        .summary = "the mean rating, plus how far user and item are from it",
        .fit = [](const SourceInputs& inputs) -> std::unique_ptr<RatingPredictor> {
          return std::make_unique<UserItemMeanPredictor>(reviews_of(inputs));
        },
        .saved_as = "user-item-mean",
        .state = state_of<UserItemMeanPredictor>,
        .load = load_predictor<UserItemMeanPredictor>},
    SourceRow<RatingPredictor>{
        .name = kFactorization,
        .summary = "biased matrix factorization",
        .fit = [](const SourceInputs& inputs) -> std::unique_ptr<RatingPredictor> {
          return std::make_unique<MatrixFactorizationPredictor>(reviews_of(inputs), inputs.options.mf, inputs.stop);
        },
        .bind = bind_mf,
        .saved_as = kFactorization,
        .state = state_of<MatrixFactorizationPredictor>,
        .load = load_predictor<MatrixFactorizationPredictor>},
    SourceRow<RatingPredictor>{.name = "global-mean",
                               .summary = "the mean training rating, for every user and item",
                               .fit = [](const SourceInputs& inputs) -> std::unique_ptr<RatingPredictor> {
                                 return std::make_unique<GlobalMeanPredictor>(reviews_of(inputs));
                               }},
};

// Rows that share options bind them once.
template <typename Product>
void bind_rows(std::span<const SourceRow<Product>> rows, SourceOptions& options, OptionTable& table,
               std::set<void (*)(SourceOptions&, OptionTable&)>& bound) {
  for (const SourceRow<Product>& row : rows) {
    if (row.bind != nullptr && bound.insert(row.bind).second) row.bind(options, table);
  }
}

// The options that decide what is learnt: of the split and of the source. A hybrid keeps what it chose with its state.
template <typename Product>
std::string options_text(const SourceRow<Product>& row, const SourceInputs& inputs) {
  OptionTable table;
  SplitOptions split = inputs.run.bundle.split;
  split.bind(table);
  SourceOptions options = inputs.options;
  if (row.fuses) {
    std::set<void (*)(SourceOptions&, OptionTable&)> bound{row.bind};
    bind_rows(candidate_sources(), options, table, bound);
  } else if (row.bind != nullptr) {
    row.bind(options, table);
  }
  return table.to_toml();
}

template <typename Product>
FittedOrigin origin_of(const SourceRow<Product>& row, const SourceInputs& inputs) {
  return {.source = std::string(row.saved_as),
          .data_sha256 = inputs.run.data.corpus->info().data_sha256,
          .options = options_text(row, inputs)};
}

template <typename Product>
std::filesystem::path file_of(const SourceRow<Product>& row, const SourceInputs& inputs) {
  return inputs.folder / (std::string(row.saved_as) + ".fit");
}

template <typename Product>
std::unique_ptr<Product> open_row(const SourceRow<Product>& row, const SourceInputs& inputs) {
  if (row.saved_as.empty() || inputs.folder.empty()) return row.fit(inputs);
  const FittedOrigin origin = origin_of(row, inputs);
  if (const auto state = FittedState::load(file_of(row, inputs), origin)) return row.load(*state, inputs);
  auto fitted = row.fit(inputs);
  if (!inputs.keep) return fitted;
  try {
    row.state(*fitted).save(file_of(row, inputs), origin);
  } catch (const Error& error) {  // answers do not depend on it
    log_warning(std::string("a fitted source was not saved, so it will be fit again: ") + error.what());
  }
  return fitted;
}

template <typename Product>
const SourceRow<Product>* find_row(std::span<const SourceRow<Product>> rows, std::string_view name) {
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return row.name == name; });
  return found == rows.end() ? nullptr : &*found;
}

}  // namespace

void SourceOptions::bind(OptionTable& table) {
  std::set<void (*)(SourceOptions&, OptionTable&)> bound;
  bind_rows(candidate_sources(), *this, table, bound);
  bind_rows(rating_predictors(), *this, table, bound);
}

std::filesystem::path sources_folder(const std::filesystem::path& run) { return run / "sources"; }

std::span<const SourceRow<CandidateSource>> candidate_sources() { return kCandidateSources; }
std::span<const SourceRow<RatingPredictor>> rating_predictors() { return kRatingPredictors; }

const SourceRow<CandidateSource>* find_candidate_source(std::string_view name) {
  return find_row(candidate_sources(), name);
}
const SourceRow<RatingPredictor>* find_rating_predictor(std::string_view name) {
  return find_row(rating_predictors(), name);
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

const SourceRow<CandidateSource>& require_candidate_source(std::string_view name) {
  if (const auto* row = find_candidate_source(name)) return *row;
  std::string names;
  for (const auto& row : candidate_sources()) names += (names.empty() ? "" : ", ") + std::string(row.name);
  throw not_found_error("no such source of items", {.expected = "one of " + names, .got = std::string(name)});
}

std::unique_ptr<CandidateSource> open_candidate_source(std::string_view name, const SourceInputs& inputs) {
  return open_source(require_candidate_source(name), inputs);
}

}  // namespace p5
