#include "recommend/review_stars_model.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "base/draw.h"
#include "base/logger.h"
#include "base/option_table.h"
#include "p5/error.h"
#include "prompt/prompt_renderer.h"
#include "task/corpus_questions.h"

namespace p5 {
namespace {

constexpr std::size_t kStars = 5;
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

WordRegressionOptions fit_of(ReviewStarsModel::Kind kind) {
  if (is_plain(kind)) return {.classes = kStars, .strength = 0.3};
  return {.classes = kStars, .strength = 10, .low_below = kLikeStars - 1};
}

// Reviews with words and stars.
std::vector<std::size_t> reviews_to_learn(const Split& reviews) {
  std::vector<std::size_t> positions;
  for (const std::size_t i : rated(reviews, Part::kTrain)) {
    if (!reviews.corpus().review(i).empty()) positions.push_back(i);
  }
  keep_sample(positions, kMostReviews, Rng(2022, "words of reviews"));
  return positions;
}

}  // namespace

ReviewStarsModel::ReviewStarsModel(WordRegression regression, const std::array<double, 5>& shares,
                                   const ExplainOptions& options, Kind kind)
    : regression_(std::move(regression)), shares_(shares), lexicon_(lexicon_of(options)), words_(words_of(kind)) {}

bool ReviewStarsModel::can_fit(const Split& reviews) {
  int first = 0;
  for (const std::size_t i : rated(reviews, Part::kTrain)) {
    if (reviews.corpus().review(i).empty()) continue;
    const int stars = star_of(reviews.corpus().ratings()[i]);
    if (first != 0 && stars != first) return true;
    first = stars;
  }
  return false;
}

ReviewStarsModel ReviewStarsModel::fit(const Split& reviews, const ExplainOptions& options, Kind kind) {
  const Corpus& corpus = reviews.corpus();
  const Lexicon lexicon = lexicon_of(options);
  LabelledTexts texts;
  std::array<double, 5> counts{};
  for (const std::size_t i : reviews_to_learn(reviews)) {
    const auto star = static_cast<std::size_t>(star_of(corpus.ratings()[i]) - 1);
    counts[star] += 1;
    texts.add(review_words(corpus.review(i), lexicon, words_of(kind)), star);
    if (is_plain(kind) || corpus.headline(i).empty()) continue;
    texts.add(review_words(corpus.headline(i), lexicon, words_of(kind)), star);  // says in short what the review says
  }
  const double all = std::accumulate(counts.begin(), counts.end(), 0.0);
  for (double& count : counts) count /= all;
  return {WordRegression::fit(texts, fit_of(kind)), counts, options, kind};
}

RatingDistribution ReviewStarsModel::stars(std::string_view text) const {
  const std::vector<double> probabilities = regression_.probabilities(review_words(text, lexicon_, words_));
  RatingDistribution stars{};
  std::copy(probabilities.begin(), probabilities.end(), stars.begin());
  return stars;
}

double ReviewStarsModel::badness(const RatingDistribution& stars) const {
  constexpr double kFloor = 1e-12;
  const auto log_ratio = [](double got, double usual) { return std::log((got + kFloor) / (usual + kFloor)); };
  return log_ratio(stars[0] + stars[1], shares_[0] + shares_[1]) - log_ratio(stars[4], shares_[4]);
}

FittedState ReviewStarsModel::state() const {
  std::vector<std::uint8_t> letters;
  for (const std::string& word : regression_.words()) {
    letters.insert(letters.end(), word.begin(), word.end());
    letters.push_back('\n');
  }
  FittedState state;
  state.put("words", letters);
  state.put("weights", regression_.weights());
  state.put("shares", std::span<const double>(shares_));
  return state;
}

namespace {

WordRegression regression_of(const FittedState& state) {
  std::vector<std::string> words;
  std::string word;
  for (const std::uint8_t letter : state.get<std::uint8_t>("words")) {
    if (letter != '\n') {
      word += static_cast<char>(letter);
      continue;
    }
    words.push_back(std::exchange(word, {}));
  }
  auto weights = state.get<float>("weights", (words.size() + 1) * kStars);
  return {std::move(words), std::move(weights), kStars};
}

std::array<double, 5> shares_of(const FittedState& state) {
  std::array<double, 5> shares{};
  const std::vector<double> values = state.get<double>("shares", kStars);
  std::copy(values.begin(), values.end(), shares.begin());
  return shares;
}

}  // namespace

ReviewStarsModel::ReviewStarsModel(const FittedState& state, const ExplainOptions& options)
    : ReviewStarsModel(regression_of(state), shares_of(state), options, Kind::kWordModel) {}

RatingDistribution mixed(const RatingDistribution& a, const RatingDistribution& b, double share) {
  RatingDistribution mixture{};
  for (std::size_t i = 0; i < mixture.size(); ++i) mixture[i] = share * a[i] + (1 - share) * b[i];
  return mixture;
}

// The likelihood is concave in the share, so a ternary search finds the best one.
double fit_share(std::span<const StarsOfReview> reviews) {
  if (reviews.empty()) return 1;
  const auto likelihood = [&](double share) {
    double sum = 0;
    for (const StarsOfReview& review : reviews) {
      sum += std::log(mixed(review.words, review.model, share)[static_cast<std::size_t>(star_of(review.truth) - 1)] +
                      1e-12);
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
  ExplainOptions options = inputs.run.bundle.explain;
  SplitOptions split = inputs.run.bundle.split;
  OptionTable table;
  split.bind(table);
  options.bind(table);
  const FittedOrigin origin{
      .source = std::string(kSavedAs), .data_sha256 = data.corpus->info().data_sha256, .options = table.to_toml()};
  const std::filesystem::path file = inputs.folder / (std::string(kSavedAs) + ".fit");
  if (!inputs.folder.empty()) {
    if (const auto state = FittedState::load(file, origin)) {
      return std::make_shared<const ReviewStarsModel>(*state, options);
    }
  }
  if (!ReviewStarsModel::can_fit(*data.reviews)) return nullptr;
  auto fitted = std::make_shared<const ReviewStarsModel>(ReviewStarsModel::fit(*data.reviews, options));
  if (!inputs.keep || inputs.folder.empty()) return fitted;
  try {
    fitted->state().save(file, origin);
  } catch (const Error& error) {  // answers do not depend on it
    log_warning(std::string("the words of reviews were not saved, so they will be fit again: ") + error.what());
  }
  return fitted;
}

}  // namespace p5
