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
#include "recommend/encoder_row.h"
#include "recommend/feature_rating_predictor.h"
#include "recommend/generative_source.h"
#include "recommend/hybrid_row.h"
#include "recommend/numbered_name.h"
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

const Split& ranking_of(const SourceInputs& inputs) { return *inputs.run.data.ranking; }
const Split& reviews_of(const SourceInputs& inputs) { return *inputs.run.data.reviews; }
std::size_t items_of(const SourceInputs& inputs) { return inputs.run.data.corpus->item_count(); }

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
void bind_content(SourceOptions& options, OptionTable& table) { options.content.bind(table); }
void bind_knn(SourceOptions& options, OptionTable& table) { options.knn.bind(table); }
std::unique_ptr<CandidateSource> make_id_arithmetic(const SourceInputs& inputs) {
  return std::make_unique<IdArithmeticSource>(numbers_of(*inputs.run.bundle.index, items_of(inputs)));
}

bool always(const SourceInputs&) { return true; }
bool has_model(const SourceInputs& inputs) {
  return inputs.model != nullptr && inputs.run.bundle.task.sequential_samples > 0;
}

void bind_mf(SourceOptions& options, OptionTable& table) { options.mf.bind(table); }
constexpr std::string_view kColdItems = "cold-items";
constexpr std::string_view kFactorization = "matrix-factorization";

std::unique_ptr<CandidateSource> ranked_by(std::unique_ptr<MatrixFactorizationPredictor> predictor,
                                           const SourceInputs& inputs) {
  return std::make_unique<RatedSource>("best-rated", std::move(predictor), items_of(inputs));
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
  return std::make_unique<ItemRowsSource>(std::string(name), state, weights, items_of(inputs));
}
MakesSource factor_source(std::string_view name, ItemFactors items, const FoldIn& fold_in) {
  return std::make_unique<FactorSource>(std::string(name), std::move(items), fold_in);
}
MakesSource load_factors(std::string_view name, const FittedState& state, const FoldIn& fold_in,
                         const SourceInputs& inputs) {
  return std::make_unique<FactorSource>(std::string(name), state, fold_in, items_of(inputs));
}
MakesSource fit_ridge_as(std::string_view name, const RidgeOptions& options, const SourceInputs& inputs) {
  return std::make_unique<RidgeSource>(std::string(name), ranking_of(inputs), options, LeaveOneOut::kNo, inputs.threads,
                                       inputs.stop);
}
MakesSource load_ridge_as(std::string_view name, const FittedState& state, const RidgeOptions& options,
                          const SourceInputs& inputs) {
  return std::make_unique<RidgeSource>(std::string(name), state, options, items_of(inputs));
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
                                 return std::make_unique<RecentPopularitySource>(ranking_of(inputs),
                                                                                 inputs.options.recent);
                               },
                               .bind = [](SourceOptions& options, OptionTable& table) { options.recent.bind(table); },
                               .uses_history = false},
    SourceRow<CandidateSource>{
        .name = "category-popularity",
        .summary = "the items with the most training interactions in the categories of the history",
        .fit = [](const SourceInputs& inputs) -> MakesSource {
          return std::make_unique<CategoryPopularitySource>(ranking_of(inputs), inputs.options.category);
        },
        .bind = [](SourceOptions& options, OptionTable& table) { options.category.bind(table); }},
    SourceRow<CandidateSource>{
        .name = "item-cosine",
        .summary = "items that the same users have, by cosine",
        .fit = [](const SourceInputs& inputs) -> MakesSource {
          return rows_source(
              "item-cosine",
              measure_pairs(ranking_of(inputs), PairMeasure::kCosine, inputs.options.cosine, inputs.threads),
              inputs.options.cosine.weights);
        },
        .bind = [](SourceOptions& options, OptionTable& table) { options.cosine.bind_cosine(table); }},
    SourceRow<CandidateSource>{
        .name = "item-conditional",
        .summary = "items that the same users have, by conditional probability",
        .fit = [](const SourceInputs& inputs) -> MakesSource {
          return rows_source(
              "item-conditional",
              measure_pairs(ranking_of(inputs), PairMeasure::kConditional, inputs.options.conditional, inputs.threads),
              inputs.options.conditional.weights);
        },
        .bind = [](SourceOptions& options, OptionTable& table) { options.conditional.bind_conditional(table); }},
    SourceRow<CandidateSource>{
        .name = "user-knn",
        .summary = "items of the users whose histories are most alike",
        .fit = [](const SourceInputs& inputs) -> MakesSource {
          return std::make_unique<UserKnnSource>(ranking_of(inputs), inputs.options.user_knn);
        },
        .bind = [](SourceOptions& options, OptionTable& table) { options.user_knn.bind(table); }},
    SourceRow<CandidateSource>{
        .name = "markov",
        .summary = "items that followed those of the history, with popularity where little is known",
        .fit = [](const SourceInputs& inputs) -> MakesSource {
          return std::make_unique<MarkovSource>(ranking_of(inputs), inputs.options.markov);
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
          return rows_source("slim", fit_slim(ranking_of(inputs), inputs.options.slim, inputs.threads, inputs.stop),
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
                               fit_implicit_als(ranking_of(inputs), inputs.options.als, inputs.threads, inputs.stop),
                               inputs.options.als.fold_in(items_of(inputs)));
        },
        .bind = [](SourceOptions& options, OptionTable& table) { options.als.bind(table); },
        .saved_as = "als",
        .state = state_of<FactorSource>,
        .load = [](const FittedState& state, const SourceInputs& inputs) -> MakesSource {
          return load_factors("als", state, inputs.options.als.fold_in(items_of(inputs)), inputs);
        },
        .seed = [](SourceOptions& options) { return &options.als.seed; },
        .vector_width = [](const SourceOptions& options) { return options.als.factors; }},
    SourceRow<CandidateSource>{.name = "bpr",
                               .summary = "matrix factorization by Bayesian personalized ranking",
                               .fit = [](const SourceInputs& inputs) -> MakesSource {
                                 return factor_source("bpr",
                                                      fit_bpr(ranking_of(inputs), inputs.options.bpr, inputs.stop),
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
                                                    compare_ppmi_vectors(ranking_of(inputs), inputs.options.ppmi,
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
          return std::make_unique<ColdItemsSource>(ColdItemsInputs{.split = ranking_of(inputs),
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
          return std::make_unique<ColdItemsSource>(state, items_of(inputs), inputs.options.content.weights,
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
  if (const auto state = FittedState::load(file_of(row, inputs), origin)) return row.load(*state, inputs);
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
  if (vectors == nullptr || options.chosen(items_of(inputs)) == EmbeddingIndexOptions::Kind::kExact) return source;
  const std::string name = numbered(row.saved_as, inputs.number) + ".index";
  const FittedOrigin origin{.source = name,
                            .data_sha256 = inputs.run.data.corpus->info().data_sha256,
                            .options = options_text(row, inputs) + shape_of(options)};
  const std::filesystem::path file = folder_of_counts(inputs) / (name + ".fit");
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
  nearest.bind(table);
  cold.bind(table);
}

std::filesystem::path training_folder(std::string_view name, const SourceInputs& inputs) {
  if (inputs.folder.empty() || !inputs.keep) return {};
  const std::string origin =
      inputs.run.data.corpus->info().data_sha256 + options_text(require_candidate_source(name), inputs);
  return inputs.folder / fmt::format("{}.training-{:016x}", name, stable_hash(origin));
}

std::unique_ptr<CandidateSource> over_all_items(std::unique_ptr<CandidateSource> source, const SourceInputs& inputs) {
  if (!inputs.run.has_new_items()) return source;
  return std::make_unique<ContentFilledSource>(std::move(source), inputs.run.known_items(), items_of(inputs),
                                               inputs.run.like_new_items());
}

namespace {

ListCalibration scale_from(const FittedState& state) {
  const auto values = state.get<double>("factor_covered", 2);
  return {.factor = values[0], .covered = values[1]};
}

// What the model's scores say about probabilities: learnt once, with the validation part, and kept.
ListCalibration calibration_of(const CandidateSource& source, const ColdItemsSource& cold, const SourceInputs& inputs) {
  const FittedOrigin origin{.source = "p5-scale",
                            .data_sha256 = inputs.run.data.corpus->info().data_sha256,
                            .options = options_text(require_candidate_source(kColdItems), inputs)};
  const std::filesystem::path file = folder_of_counts(inputs) / "p5-scale.fit";
  if (!inputs.folder.empty()) {
    if (const auto state = FittedState::load(file, origin)) return scale_from(*state);
  }
  const std::optional<FittedState> earlier = state_as_earlier(origin.source, inputs);
  const ListCalibration found =
      earlier ? scale_from(*earlier) : calibrate_source(source, cold, ranking_of(inputs), inputs.stop);
  if (inputs.folder.empty() || !inputs.keep) return found;
  FittedState state;
  state.put("factor_covered", std::vector<double>{found.factor, found.covered});
  try {
    state.save(file, origin);
  } catch (const Error& error) {  // answers do not depend on it
    log_warning(std::string("what scores say about probabilities was not saved: ") + error.what());
  }
  return found;
}

}  // namespace

std::unique_ptr<CandidateSource> with_cold_places(std::unique_ptr<CandidateSource> source, const SourceInputs& inputs) {
  source = over_all_items(std::move(source), inputs);
  auto cold = open_cold_items(inputs);
  if (cold == nullptr) return source;
  const ListCalibration calibration = calibration_of(*source, *cold, inputs);
  return std::make_unique<ColdPlacesSource>(std::move(source), std::move(cold), calibration,
                                            inputs.options.cold.weight);
}

std::shared_ptr<const ColdItemsSource> open_cold_items(const SourceInputs& inputs) {
  if (inputs.options.cold.weight == 0 || !ranking_of(inputs).is_sequential()) return nullptr;
  std::shared_ptr<const CandidateSource> opened;
  if (inputs.part) {
    opened = std::shared_ptr<const CandidateSource>(std::shared_ptr<void>(), &inputs.part(std::string(kColdItems)));
  } else {
    opened = open_candidate_source(kColdItems, inputs);
  }
  auto cold = std::dynamic_pointer_cast<const ColdItemsSource>(std::move(opened));
  return cold == nullptr || cold->empty() ? nullptr : cold;
}

std::filesystem::path sources_folder(const std::filesystem::path& run) { return run / "sources"; }

std::optional<FittedState> state_as_earlier(std::string_view saved_as, const SourceInputs& inputs) {
  if (!inputs.as_earlier || inputs.earlier_folder.empty()) return std::nullopt;
  return FittedState::load_any(inputs.earlier_folder / (std::string(saved_as) + ".fit"), saved_as);
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
  const SourceRow<CandidateSource>& row = require_candidate_source(name);
  SourceInputs numbered = inputs;
  numbered.number = split_number(name).number;
  if (numbered.number > 1) *row.seed(numbered.options) += numbered.number - 1;
  // What was trained stays; trained anew on other data, it would not be part of this run.
  if (row.stays && inputs.run.has_other_data()) numbered.keep = false;
  return with_index(open_source(row, numbered), row, numbered);
}

}  // namespace p5
