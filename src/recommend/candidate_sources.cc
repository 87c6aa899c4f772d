#include "recommend/candidate_sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "base/logger.h"
#include "base/rng.h"
#include "encoders/encoder_source.h"
#include "p5/error.h"
#include "recommend/cold_places.h"
#include "recommend/encoder_row.h"
#include "recommend/feature_rating_predictor.h"
#include "recommend/generative_source.h"
#include "recommend/hybrid_row.h"
#include "recommend/numbered_name.h"
#include "recommend/opened_sources.h"
#include "retrieval/category_popularity_source.h"
#include "retrieval/cold_items.h"
#include "retrieval/cold_places_source.h"
#include "retrieval/factor_source.h"
#include "retrieval/global_mean_predictor.h"
#include "retrieval/id_arithmetic_source.h"
#include "retrieval/indexed_source.h"
#include "retrieval/item_rows_source.h"
#include "retrieval/popularity_source.h"
#include "retrieval/rated_source.h"
#include "retrieval/user_item_mean_predictor.h"

namespace p5 {
namespace {

// Of items without a number, new ones, far from all others.
std::vector<std::int64_t> numbers_of(const ItemIndex& index, std::size_t items) {
  std::vector<std::int64_t> numbers(items);
  for (ItemId item = 0; item < items; ++item) {
    numbers[item] =
        index.has(item) ? index.number(item) : std::numeric_limits<std::int32_t>::min() - std::int64_t{item};
  }
  return numbers;
}

const Split& reviews_of(const SourceInputs& inputs) { return *inputs.run.data.reviews; }

std::unique_ptr<CandidateSource> make_p5(const SourceInputs& inputs) {
  if (inputs.model == nullptr) {
    throw usage_error("the model is needed to propose items", {.where = "source 'p5'", .expected = "a trained run"});
  }
  const ModelBundle& bundle = inputs.run.bundle;
  return with_cold_places(std::make_unique<GenerativeSource>(*inputs.model, inputs.run,
                                                             generative_options("p5", bundle.answer, bundle.decode)),
                          inputs);
}

std::unique_ptr<CandidateSource> fit_popularity(const SourceInputs& inputs) {
  return std::make_unique<PopularitySource>(inputs.ranking());
}
std::unique_ptr<CandidateSource> load_popularity(const FittedState& state, const SourceInputs& inputs) {
  return std::make_unique<PopularitySource>(state, inputs.item_count());
}
std::unique_ptr<CandidateSource> fit_knn(const SourceInputs& inputs) {
  return std::make_unique<ItemKnnSource>(inputs.ranking(), inputs.options.knn, inputs.threads);
}
std::unique_ptr<CandidateSource> load_knn(const FittedState& state, const SourceInputs& inputs) {
  return std::make_unique<ItemKnnSource>(state, inputs.options.knn, inputs.item_count());
}
void bind_content(SourceOptions& options, OptionTable& table) { options.content.bind(table); }
void bind_knn(SourceOptions& options, OptionTable& table) { options.knn.bind(table); }
std::unique_ptr<CandidateSource> make_id_arithmetic(const SourceInputs& inputs) {
  return std::make_unique<IdArithmeticSource>(numbers_of(*inputs.run.bundle.index, inputs.item_count()));
}

bool always(const SourceInputs&) { return true; }
bool has_model(const SourceInputs& inputs) {
  return inputs.model != nullptr && inputs.run.bundle.task.sequential_samples > 0;
}

void bind_mf(SourceOptions& options, OptionTable& table) { options.mf.bind(table); }
constexpr std::string_view kFactorization = "matrix-factorization";

std::unique_ptr<CandidateSource> ranked_by(std::unique_ptr<MatrixFactorizationPredictor> predictor,
                                           const SourceInputs& inputs) {
  return std::make_unique<RatedSource>("best-rated", std::move(predictor), inputs.item_count());
}
std::unique_ptr<CandidateSource> fit_best_rated(const SourceInputs& inputs) {
  return ranked_by(std::make_unique<MatrixFactorizationPredictor>(reviews_of(inputs), inputs.options.mf, inputs.stop),
                   inputs);
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

using MakesSource = std::unique_ptr<CandidateSource>;

// Tables of neighbors, saved and read alike.
MakesSource rows_source(std::string_view name, SparseRows rows, const HistoryWeights& weights) {
  return std::make_unique<ItemRowsSource>(std::string(name), std::move(rows), weights);
}
MakesSource load_rows(std::string_view name, const FittedState& state, const HistoryWeights& weights,
                      const SourceInputs& inputs) {
  return std::make_unique<ItemRowsSource>(std::string(name), state, weights, inputs.item_count());
}
MakesSource factor_source(std::string_view name, ItemFactors items, const FoldIn& fold_in) {
  return std::make_unique<FactorSource>(std::string(name), std::move(items), fold_in);
}
MakesSource load_factors(std::string_view name, const FittedState& state, const FoldIn& fold_in,
                         const SourceInputs& inputs) {
  return std::make_unique<FactorSource>(std::string(name), state, fold_in, inputs.item_count());
}
MakesSource fit_ridge_as(std::string_view name, const RidgeOptions& options, const SourceInputs& inputs) {
  return std::make_unique<RidgeSource>(std::string(name), inputs.ranking(), options, LeaveOneOut::kNo, inputs.threads,
                                       inputs.stop);
}
MakesSource load_ridge_as(std::string_view name, const FittedState& state, const RidgeOptions& options,
                          const SourceInputs& inputs) {
  return std::make_unique<RidgeSource>(std::string(name), state, options, inputs.item_count());
}
const ItemCatalog& catalog_of(const SourceInputs& inputs) { return inputs.run.data.corpus->catalog(); }

std::int64_t width_of_encoder(const SourceOptions& options) { return options.encoder.width; }
std::uint64_t* seed_of_encoder(SourceOptions& options) { return &options.encoder.seed; }

template <EncoderKind kKind>
constexpr SourceRow<CandidateSource> plain_encoder(std::string_view name, std::string_view summary) {
  return {.name = name,
          .summary = summary,
          .fit = [](const SourceInputs& inputs) { return fit_plain_encoder(kKind, inputs); },
          .bind = bind_encoder_row,
          .saved_as = name,
          .state = state_of<EncoderSource>,
          .load = [](const FittedState& state,
                     const SourceInputs& inputs) { return load_plain_encoder(kKind, state, inputs); },
          .score_kind = "logit",
          .stays = true,
          .seed = seed_of_encoder,
          .trains_together = true,
          .vector_width = width_of_encoder};
}

constexpr std::array kCandidateSources{
    SourceRow<CandidateSource>{.name = "p5",
                               .summary = "the trained model itself",
                               .fit = make_p5,
                               .score_kind = "log-probability",
                               .asks_model = true,
                               .is_part = has_model},
    SourceRow<CandidateSource>{.name = "id-arithmetic",
                               .summary = "the next numbers after those of the history: what ids alone give away",
                               .fit = make_id_arithmetic,
                               .chooses = false,
                               .uses_history = false},
    SourceRow<CandidateSource>{.name = "popularity",
                               .summary = "the items with the most training interactions",
                               .fit = fit_popularity,
                               .saved_as = "popularity",
                               .state = state_of<PopularitySource>,
                               .load = load_popularity,
                               .uses_history = false,
                               .is_part = always},
    SourceRow<CandidateSource>{.name = "item-knn",
                               .summary = "items that occur near those of the history in training histories",
                               .fit = fit_knn,
                               .bind = bind_knn,
                               .saved_as = "item-knn",
                               .state = state_of<ItemKnnSource>,
                               .load = load_knn,
                               .is_part = always},
    SourceRow<CandidateSource>{.name = "recent-popularity",
                               .summary = "the items with the most training interactions of late",
                               .fit = [](const SourceInputs& inputs) -> MakesSource {
                                 return std::make_unique<RecentPopularitySource>(inputs.ranking(),
                                                                                 inputs.options.recent);
                               },
                               .bind = [](SourceOptions& options, OptionTable& table) { options.recent.bind(table); },
                               .uses_history = false},
    SourceRow<CandidateSource>{
        .name = "category-popularity",
        .summary = "the items with the most training interactions in the categories of the history",
        .fit = [](const SourceInputs& inputs) -> MakesSource {
          return std::make_unique<CategoryPopularitySource>(inputs.ranking(), inputs.options.category);
        },
        .bind = [](SourceOptions& options, OptionTable& table) { options.category.bind(table); }},
    SourceRow<CandidateSource>{
        .name = "item-cosine",
        .summary = "items that the same users have, by cosine",
        .fit = [](const SourceInputs& inputs) -> MakesSource {
          return rows_source(
              "item-cosine",
              measure_pairs(inputs.ranking(), PairMeasure::kCosine, inputs.options.cosine, inputs.threads),
              inputs.options.cosine.weights);
        },
        .bind = [](SourceOptions& options, OptionTable& table) { options.cosine.bind_cosine(table); }},
    SourceRow<CandidateSource>{
        .name = "item-conditional",
        .summary = "items that the same users have, by conditional probability",
        .fit = [](const SourceInputs& inputs) -> MakesSource {
          return rows_source(
              "item-conditional",
              measure_pairs(inputs.ranking(), PairMeasure::kConditional, inputs.options.conditional, inputs.threads),
              inputs.options.conditional.weights);
        },
        .bind = [](SourceOptions& options, OptionTable& table) { options.conditional.bind_conditional(table); }},
    SourceRow<CandidateSource>{
        .name = "user-knn",
        .summary = "items of the users whose histories are most alike",
        .fit = [](const SourceInputs& inputs) -> MakesSource {
          return std::make_unique<UserKnnSource>(inputs.ranking(), inputs.options.user_knn);
        },
        .bind = [](SourceOptions& options, OptionTable& table) { options.user_knn.bind(table); }},
    SourceRow<CandidateSource>{
        .name = "markov",
        .summary = "items that followed those of the history, with popularity where little is known",
        .fit = [](const SourceInputs& inputs) -> MakesSource {
          return std::make_unique<MarkovSource>(inputs.ranking(), inputs.options.markov);
        },
        .bind = [](SourceOptions& options, OptionTable& table) { options.markov.bind(table); }},
    SourceRow<CandidateSource>{.name = "ridge",
                               .summary = "ridge regression of what comes after on what came before, in closed form",
                               .fit = [](const SourceInputs& inputs) -> MakesSource {
                                 return fit_ridge_as("ridge", inputs.options.ridge, inputs);
                               },
                               .bind = [](SourceOptions& options, OptionTable& table) { options.ridge.bind(table); },
                               .saved_as = "ridge",
                               .state = state_of<RidgeSource>,
                               .load = [](const FittedState& state, const SourceInputs& inputs) -> MakesSource {
                                 return load_ridge_as("ridge", state, inputs.options.ridge, inputs);
                               },
                               .is_part = always},
    SourceRow<CandidateSource>{.name = "ease",
                               .summary = "EASE: ridge regression of histories on themselves, in closed form",
                               .fit = [](const SourceInputs& inputs) -> MakesSource {
                                 return fit_ridge_as("ease", inputs.options.ease.ridge(), inputs);
                               },
                               .bind = [](SourceOptions& options, OptionTable& table) { options.ease.bind(table); },
                               .saved_as = "ease",
                               .state = state_of<RidgeSource>,
                               .load = [](const FittedState& state, const SourceInputs& inputs) -> MakesSource {
                                 return load_ridge_as("ease", state, inputs.options.ease.ridge(), inputs);
                               }},
    SourceRow<CandidateSource>{
        .name = "slim",
        .summary = "SLIM: sparse non-negative regression of histories on themselves and on what came before",
        .fit = [](const SourceInputs& inputs) -> MakesSource {
          return rows_source("slim", fit_slim(inputs.ranking(), inputs.options.slim, inputs.threads, inputs.stop),
                             inputs.options.slim.weights);
        },
        .bind = [](SourceOptions& options, OptionTable& table) { options.slim.bind(table); },
        .saved_as = "slim",
        .state = state_of<ItemRowsSource>,
        .load = [](const FittedState& state, const SourceInputs& inputs) -> MakesSource {
          return load_rows("slim", state, inputs.options.slim.weights, inputs);
        }},
    SourceRow<CandidateSource>{
        .name = "als",
        .summary = "matrix factorization of implicit feedback by alternating least squares",
        .fit = [](const SourceInputs& inputs) -> MakesSource {
          return factor_source("als",
                               fit_implicit_als(inputs.ranking(), inputs.options.als, inputs.threads, inputs.stop),
                               inputs.options.als.fold_in(inputs.item_count()));
        },
        .bind = [](SourceOptions& options, OptionTable& table) { options.als.bind(table); },
        .saved_as = "als",
        .state = state_of<FactorSource>,
        .load = [](const FittedState& state, const SourceInputs& inputs) -> MakesSource {
          return load_factors("als", state, inputs.options.als.fold_in(inputs.item_count()), inputs);
        },
        .seed = [](SourceOptions& options) { return &options.als.seed; },
        .vector_width = [](const SourceOptions& options) { return options.als.factors; }},
    SourceRow<CandidateSource>{.name = "bpr",
                               .summary = "matrix factorization by Bayesian personalized ranking",
                               .fit = [](const SourceInputs& inputs) -> MakesSource {
                                 return factor_source("bpr", fit_bpr(inputs.ranking(), inputs.options.bpr, inputs.stop),
                                                      inputs.options.bpr.fold_in());
                               },
                               .bind = [](SourceOptions& options, OptionTable& table) { options.bpr.bind(table); },
                               .saved_as = "bpr",
                               .state = state_of<FactorSource>,
                               .load = [](const FittedState& state, const SourceInputs& inputs) -> MakesSource {
                                 return load_factors("bpr", state, inputs.options.bpr.fold_in(), inputs);
                               },
                               .seed = [](SourceOptions& options) { return &options.bpr.seed; },
                               .vector_width = [](const SourceOptions& options) { return options.bpr.factors; }},
    SourceRow<CandidateSource>{.name = "ppmi",
                               .summary = "items whose vectors, factors of mutual information, point the same way",
                               .fit = [](const SourceInputs& inputs) -> MakesSource {
                                 return rows_source("ppmi",
                                                    compare_ppmi_vectors(inputs.ranking(), inputs.options.ppmi,
                                                                         inputs.threads, inputs.stop),
                                                    inputs.options.ppmi.weights);
                               },
                               .bind = [](SourceOptions& options, OptionTable& table) { options.ppmi.bind(table); },
                               .saved_as = "ppmi",
                               .state = state_of<ItemRowsSource>,
                               .load = [](const FittedState& state, const SourceInputs& inputs) -> MakesSource {
                                 return load_rows("ppmi", state, inputs.options.ppmi.weights, inputs);
                               }},
    SourceRow<CandidateSource>{
        .name = "content",
        .summary = "items that read alike: words, brand, categories, attributes",
        .fit = [](const SourceInputs& inputs) -> MakesSource {
          return rows_source("content", compare_contents(catalog_of(inputs), inputs.options.content, inputs.threads),
                             inputs.options.content.weights);
        },
        .bind = bind_content,
        .saved_as = "content",
        .state = state_of<ItemRowsSource>,
        .load = [](const FittedState& state, const SourceInputs& inputs) -> MakesSource {
          return load_rows("content", state, inputs.options.content.weights, inputs);
        }},
    SourceRow<CandidateSource>{
        .name = kColdItems,
        .summary = "items without training events, by what they read like",
        .fit = [](const SourceInputs& inputs) -> MakesSource {
          return std::make_unique<ColdItemsSource>(ColdItemsInputs{.split = inputs.ranking(),
                                                                   .content = inputs.options.content,
                                                                   .threads = inputs.threads,
                                                                   .stop = inputs.stop},
                                                   [&inputs] { return open_candidate_source("item-knn", inputs); });
        },
        .bind = bind_content,
        .bind_used = bind_knn,
        .saved_as = kColdItems,
        .state = state_of<ColdItemsSource>,
        .load = [](const FittedState& state, const SourceInputs& inputs) -> MakesSource {
          return std::make_unique<ColdItemsSource>(state, inputs.item_count(), inputs.options.content.weights,
                                                   [&inputs] { return open_candidate_source("item-knn", inputs); });
        },
        .chooses = false,
        .score_kind = "log-probability"},
    SourceRow<CandidateSource>{.name = "item-vectors",
                               .summary = "items whose vectors in the corpus point the same way",
                               .fit = [](const SourceInputs& inputs) -> MakesSource {
                                 return rows_source(
                                     "item-vectors",
                                     compare_item_vectors(catalog_of(inputs), inputs.options.vectors, inputs.threads),
                                     inputs.options.vectors.weights);
                               },
                               .bind = [](SourceOptions& options, OptionTable& table) { options.vectors.bind(table); },
                               .saved_as = "item-vectors",
                               .state = state_of<ItemRowsSource>,
                               .load = [](const FittedState& state, const SourceInputs& inputs) -> MakesSource {
                                 return load_rows("item-vectors", state, inputs.options.vectors.weights, inputs);
                               }},
    SourceRow<CandidateSource>{.name = "encoder",
                               .summary = "a sequence encoder with item-kNN's evidence in its softmax",
                               .fit = fit_encoder_row,
                               .bind = bind_encoder_row,
                               .bind_used = bind_knn,
                               .saved_as = "encoder",
                               .state = state_of<EncoderSource>,
                               .load = load_encoder_row,
                               .score_kind = "logit",
                               .stays = true,
                               .seed = seed_of_encoder,
                               .trains_together = true,
                               .vector_width = width_of_encoder},
    plain_encoder<EncoderKind::kSasRec>("sasrec", "SASRec: a causal Transformer over the history"),
    plain_encoder<EncoderKind::kESasRec>("esasrec", "SASRec with gated layers"),
    plain_encoder<EncoderKind::kBert4Rec>("bert4rec", "BERT4Rec: a Transformer that fills in masked items"),
    plain_encoder<EncoderKind::kGru4Rec>("gru4rec", "GRU4Rec: a recurrent network over the history"),
    plain_encoder<EncoderKind::kLstm>("lstm", "LSTM: a recurrent network over the history"),
    plain_encoder<EncoderKind::kCaser>("caser", "Caser: convolutions over the last items"),
    plain_encoder<EncoderKind::kNextItNet>("nextitnet", "NextItNet: dilated convolutions over the history"),
    plain_encoder<EncoderKind::kMlp>("mlp", "a perceptron of the newest item and the mean of the history"),
    plain_encoder<EncoderKind::kMultDae>("mult-dae", "Mult-DAE: a denoising autoencoder of the set of items"),
    plain_encoder<EncoderKind::kMultVae>("mult-vae", "Mult-VAE: an autoencoder of the set of items"),
    SourceRow<CandidateSource>{.name = "best-rated",
                               .summary = "the items that matrix factorization expects the user to rate highest",
                               .fit = fit_best_rated,
                               .bind = bind_mf,
                               .saved_as = kFactorization,
                               .state = best_rated_state,
                               .load = load_best_rated,
                               .uses_history = false},
    SourceRow<CandidateSource>{.name = "hybrid",
                               .summary = "the other sources fused, as ranks best on the validation part",
                               .fit = fit_hybrid_row,
                               .bind = bind_hybrid_row,
                               .saved_as = "hybrid",
                               .state = hybrid_row_state,
                               .load = load_hybrid_row,
                               .score_kind = "log-score",
                               .asks_model = true,
                               .fuses = true,
                               .stays = true},
};

constexpr std::array kRatingPredictors{
    SourceRow<RatingPredictor>{.name = "user-item-mean",
                               .summary = "the mean rating, plus how far user and item are from it",
                               .fit = [](const SourceInputs& inputs) -> std::unique_ptr<RatingPredictor> {
                                 return std::make_unique<UserItemMeanPredictor>(reviews_of(inputs));
                               },
                               .saved_as = "user-item-mean",
                               .state = state_of<UserItemMeanPredictor>,
                               .load = load_predictor<UserItemMeanPredictor>},
    SourceRow<RatingPredictor>{.name = kFactorization,
                               .summary = "biased matrix factorization",
                               .fit = [](const SourceInputs& inputs) -> std::unique_ptr<RatingPredictor> {
                                 return std::make_unique<MatrixFactorizationPredictor>(reviews_of(inputs),
                                                                                       inputs.options.mf, inputs.stop);
                               },
                               .bind = bind_mf,
                               .saved_as = kFactorization,
                               .state = state_of<MatrixFactorizationPredictor>,
                               .load = load_predictor<MatrixFactorizationPredictor>},
    SourceRow<RatingPredictor>{
        .name = "logistic-regression",
        .summary = "logistic regression on users, items, their attributes and pairs of these",
        .fit = [](const SourceInputs& inputs) -> std::unique_ptr<RatingPredictor> {
          return std::make_unique<FeatureRatingPredictor>(reviews_of(inputs));
        },
        .saved_as = "logistic-regression",
        .state = state_of<FeatureRatingPredictor>,
        .load = [](const FittedState& state, const SourceInputs& inputs) -> std::unique_ptr<RatingPredictor> {
          return std::make_unique<FeatureRatingPredictor>(state, *inputs.run.data.corpus);
        }},
    SourceRow<RatingPredictor>{.name = "global-mean",
                               .summary = "the mean training rating, for every user and item",
                               .fit = [](const SourceInputs& inputs) -> std::unique_ptr<RatingPredictor> {
                                 return std::make_unique<GlobalMeanPredictor>(reviews_of(inputs));
                               }},
};

// Rows that share options bind them once.
using Bind = void (*)(SourceOptions&, OptionTable&);
template <typename Product>
void bind_rows(std::span<const SourceRow<Product>> rows, SourceOptions& options, OptionTable& table,
               std::set<Bind>& bound) {
  for (const SourceRow<Product>& row : rows) {
    if (row.bind != nullptr && bound.insert(row.bind).second) row.bind(options, table);
  }
}

template <typename Product>
const SourceRow<Product>* find_row(std::span<const SourceRow<Product>> rows, std::string_view name) {
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return row.name == name; });
  return found == rows.end() ? nullptr : &*found;
}

}  // namespace

void SourceOptions::bind(OptionTable& table) {
  std::set<Bind> bound;
  bind_rows(candidate_sources(), *this, table, bound);
  bind_rows(rating_predictors(), *this, table, bound);
  encoder.bind_machine(table);
  nearest.bind(table);
  cold.bind(table);
}

void bind_others(const SourceRow<CandidateSource>& row, SourceOptions& options, OptionTable& table) {
  std::set<Bind> bound{row.bind};
  bind_rows(candidate_sources(), options, table, bound);
}

std::span<const SourceRow<CandidateSource>> candidate_sources() { return kCandidateSources; }
std::span<const SourceRow<RatingPredictor>> rating_predictors() { return kRatingPredictors; }

const SourceRow<CandidateSource>* find_candidate_source(std::string_view name) {
  const NumberedName numbered = split_number(name);
  const auto* row = find_row(candidate_sources(), numbered.row);
  return row != nullptr && numbered.number != 1 && row->seed == nullptr ? nullptr : row;
}
const SourceRow<RatingPredictor>* find_rating_predictor(std::string_view name) {
  return find_row(rating_predictors(), name);
}

const SourceRow<CandidateSource>& require_candidate_source(std::string_view name) {
  if (const auto* row = find_candidate_source(name)) return *row;
  std::string names;
  for (const auto& row : candidate_sources()) names += (names.empty() ? "" : ", ") + std::string(row.name);
  throw not_found_error("no such source of items", {.expected = "one of " + names, .got = std::string(name)});
}

}  // namespace p5
