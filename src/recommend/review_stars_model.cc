#include "recommend/review_stars_model.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/draw.h"
#include "base/logger.h"
#include "base/option_table.h"
#include "p5/error.h"
#include "prompt/prompt_renderer.h"
#include "recommend/regression_state.h"
#include "task/corpus_questions.h"

namespace p5 {
namespace {

constexpr std::size_t kMostReviews = 100000;
constexpr std::string_view kSavedAs = "review-stars";

Lexicon lexicon_of(const ExplainOptions& options) {
  return options.lexicon.empty() ? Lexicon::english() : Lexicon::load(options.lexicon);
}

bool is_plain(ReviewStarsModel::Kind kind) { return kind == ReviewStarsModel::Kind::kBagOfWords; }

ReviewWordsOptions words_of(ReviewStarsModel::Kind kind) {
  if (is_plain(kind)) return {.pairs = false, .judgements = false, .unit = false};
  return {};
}

WordRegressionOptions fit_of(ReviewStarsModel::Kind kind, const RatingScale& scale) {
  const std::size_t levels = scale.level_count();
  if (is_plain(kind)) return {.classes = levels, .strength = 0.3};
  std::size_t first_liked = 0;
  while (first_liked < levels && !scale.likes(scale.level(first_liked))) ++first_liked;
  return {.classes = levels, .strength = 10, .low_below = first_liked};
}

// Reviews with words and stars.
std::vector<std::size_t> reviews_to_learn(const Split& reviews) {
  std::vector<std::size_t> positions;
  for (const std::size_t i : reviews.rated_positions(Part::kTrain)) {
    if (!reviews.corpus().review(i).empty()) positions.push_back(i);
  }
  keep_sample(positions, kMostReviews, Rng(2022, "words of reviews"));
  return positions;
}

}  // namespace

ReviewStarsModel::ReviewStarsModel(WordRegression regression, std::vector<double> shares, const RatingScale& scale,
                                   const ExplainOptions& options, Kind kind)
    : regression_(std::move(regression)),
      shares_(std::move(shares)),
      scale_(scale),
      lexicon_(lexicon_of(options)),
      words_(words_of(kind)) {}

bool ReviewStarsModel::can_fit(const Split& reviews, const RatingScale& scale) {
  std::optional<std::size_t> first;
  for (const std::size_t i : reviews.rated_positions(Part::kTrain)) {
    if (reviews.corpus().review(i).empty()) continue;
    const std::size_t level = scale.level_of(reviews.corpus().ratings()[i]);
    if (first && level != *first) return true;
    first = level;
  }
  return false;
}

ReviewStarsModel ReviewStarsModel::fit(const Split& reviews, const RatingScale& scale, const ExplainOptions& options,
                                       Kind kind) {
  const Corpus& corpus = reviews.corpus();
  const Lexicon lexicon = lexicon_of(options);
  LabelledTexts texts;
  std::vector<double> counts(scale.level_count());
  for (const std::size_t i : reviews_to_learn(reviews)) {
    const auto star = scale.level_of(corpus.ratings()[i]);
    counts[star] += 1;
    texts.add(review_words(corpus.review(i), lexicon, words_of(kind)), star);
    if (is_plain(kind) || corpus.headline(i).empty()) continue;
    texts.add(review_words(corpus.headline(i), lexicon, words_of(kind)), star);  // says in short what the review says
  }
  const double all = std::accumulate(counts.begin(), counts.end(), 0.0);
  for (double& count : counts) count /= all;
  return {WordRegression::fit(texts, fit_of(kind, scale)), std::move(counts), scale, options, kind};
}

RatingDistribution ReviewStarsModel::stars(std::string_view text) const {
  return regression_.probabilities(review_words(text, lexicon_, words_));
}

double ReviewStarsModel::badness(const RatingDistribution& stars) const {
  constexpr double kFloor = 1e-12;
  const auto log_ratio = [](double got, double usual) { return std::log((got + kFloor) / (usual + kFloor)); };
  const double bound = scale_.lowest() + (scale_.highest() - scale_.lowest()) / 4;
  double low = 0, usual = 0;
  for (std::size_t level = 0; level < stars.size() && scale_.level(level) <= bound + 1e-9; ++level) {
    low += stars[level];
    usual += shares_[level];
  }
  return log_ratio(low, usual) - log_ratio(stars.back(), shares_.back());
}

FittedState ReviewStarsModel::state() const {
  FittedState state;
  put_regression(regression_, state);
  state.put("shares", shares_);
  return state;
}

ReviewStarsModel::ReviewStarsModel(const FittedState& state, const RatingScale& scale, const ExplainOptions& options)
    : ReviewStarsModel(regression_of(state, scale.level_count()), state.get<double>("shares", scale.level_count()),
                       scale, options, Kind::kWordModel) {}

RatingDistribution mixed(const RatingDistribution& a, const RatingDistribution& b, double share) {
  RatingDistribution mixture(a.size());
  for (std::size_t i = 0; i < mixture.size(); ++i) mixture[i] = share * a[i] + (1 - share) * b[i];
  return mixture;
}

// The likelihood is concave in the share, so a ternary search finds the best one.
double fit_share(std::span<const StarsOfReview> reviews, const RatingScale& scale) {
  if (reviews.empty()) return 1;
  const auto likelihood = [&](double share) {
    double sum = 0;
    for (const StarsOfReview& review : reviews) {
      sum += std::log(mixed(review.words, review.model, share)[scale.level_of(review.truth)] + 1e-12);
    }
    return sum;
  };
  constexpr int kSteps = 40;
  double low = 0, high = 1;
  for (int step = 0; step < kSteps; ++step) {
    const double third = (high - low) / 3;
    if (likelihood(low + third) < likelihood(high - third)) {
      low += third;
    } else {
      high -= third;
    }
  }
  return (low + high) / 2;
}

std::shared_ptr<const ReviewStarsModel> open_review_stars(const SourceInputs& inputs) {
  const DataSplits& data = inputs.run.data;
  const RatingScale& scale = inputs.run.bundle.scale;
  ExplainOptions options = inputs.run.bundle.explain;
  SplitOptions split = inputs.run.bundle.split;
  OptionTable table;
  split.bind(table);
  options.bind(table);
  const FittedOrigin origin{.source = std::string(kSavedAs),
                            .data_sha256 = data.corpus->info().data_sha256,
                            .options = table.to_toml() + "scale " + scale.to_string()};
  const std::filesystem::path file = inputs.folder / (std::string(kSavedAs) + ".fit");
  if (!inputs.folder.empty()) {
    if (const auto state = FittedState::load(file, origin)) {
      return std::make_shared<const ReviewStarsModel>(*state, scale, options);
    }
  }
  if (!ReviewStarsModel::can_fit(*data.reviews, scale)) return nullptr;
  auto fitted = std::make_shared<const ReviewStarsModel>(ReviewStarsModel::fit(*data.reviews, scale, options));
  if (!inputs.keep || inputs.folder.empty()) return fitted;
  try {
    fitted->state().save(file, origin);
  } catch (const Error& error) {  // answers do not depend on it
    log_warning(std::string("the words of reviews were not saved, so they will be fit again: ") + error.what());
  }
  return fitted;
}

}  // namespace p5
