// How many stars a Recommender predicts.
#include <fmt/format.h>

#include <numeric>
#include <utility>

#include "p5/error.h"
#include "recommend/generative_rating_predictor.h"
#include "recommend/recommender_impl.h"

namespace p5 {
namespace {

// The stars that somebody gave to items, but to `except`. `field` holds them, in messages.
std::vector<double> stars_given(const std::vector<RatedItem>& items, const RatingScale& scale, std::string_view field,
                                std::string_view except = {}) {
  std::vector<double> stars;
  for (const RatedItem& rated : items) {
    if (!rated.stars || rated.item == except) continue;
    if (!(*rated.stars >= scale.lowest() && *rated.stars <= scale.highest())) {
      throw usage_error("no such number of stars", {.where = fmt::format("{}, item '{}'", field, rated.item),
                                                    .expected = scale.in_words(),
                                                    .got = fmt::format("{}", *rated.stars)});
    }
    stars.push_back(*rated.stars);
  }
  return stars;
}

// "5 3": as prompts show stars.
std::string in_words(const std::vector<double>& stars, const RatingScale& scale) {
  std::string words;
  for (const double each : stars) words += (words.empty() ? "" : " ") + RatingScale::word(scale.nearest_level(each));
  return words;
}

}  // namespace

PredictedRating Recommender::predict_rating(const PredictRequest& request) {
  impl_->look();
  require_user_or_history(request.user, !request.history.empty());
  require_user_of_later(request.user, !request.later.empty());
  if (impl_->bundle().task.rating_samples == 0) {
    throw Error(ErrorCode::kUnsupported, ErrorSubject::kRequest, "the run was trained without the rating family",
                {.expected = "task.rating_samples above 0 in training", .got = "0"});
  }
  const Corpus& corpus = impl_->corpus();
  impl_->require_ratings();
  const ItemId item = item_of(corpus, request.item);
  const std::optional<UserId> user = known_user_of(corpus, request.user, request.strict);
  std::vector<std::string> keys, skipped;
  for (const RatedItem& rated : request.history) keys.push_back(rated.item);
  const std::vector<ItemId> history =
      impl_->view->counted_history(known_items_of(corpus, keys, request.strict, skipped));
  const RatingScale& scale = impl_->bundle().scale;
  const std::string stars = in_words(stars_given(request.history, scale, "request.history"), scale);
  // The answer to the question is not in it.
  const std::vector<double> later = stars_given(request.later, scale, "request.later", request.item);
  const std::string& prompt_id = impl_->bundle().answer.rating_prompt;
  const TaskQuestion question{.user = user,
                              .item = item,
                              .history = history,
                              .user_stars = user ? std::nullopt : std::optional<std::string_view>(stars),
                              .later_stars = later};
  PredictedRating prediction;
  const PromptTemplate& prompt = impl_->bundle().prompts->at(prompt_id);
  const bool counted = impl_->view->is_counted(item);
  const bool like_nothing = !counted && impl_->view->like(item).empty();
  if (like_nothing || (!user && stars.empty())) {
    prediction = impl_->mean_prediction(item);
  } else if (counted) {
    prediction = impl_->prediction_of(impl_->rating_of(question), prompt);
    if (user) impl_->mix_ratings(*user, item, prediction);
  } else {
    prediction = impl_->prediction_of(impl_->rating_of_added(question, item), prompt);
    prediction.fallback = "similar-items";
  }
  prediction.skipped = std::move(skipped);
  return prediction;
}

RatingDistribution Recommender::Impl::rating_of(const TaskQuestion& question) {
  const GenerativeRatingPredictor predictor(*model, run->writer, bundle().answer.rating_prompt);
  return predictor.predict(std::span(&question, 1)).front();
}

RatingDistribution Recommender::Impl::rating_of_added(TaskQuestion question, ItemId added) {
  RatingDistribution mean(bundle().scale.level_count());
  for (const ItemWeight& alike : view->like(added)) {
    question.item = alike.item;
    const RatingDistribution own = rating_of(question);
    for (std::size_t level = 0; level < mean.size(); ++level)
      mean[level] += static_cast<double>(alike.weight) * own[level];
  }
  return mean;
}

void Recommender::Impl::require_ratings() const {
  if (corpus().has_ratings()) return;
  throw Error(ErrorCode::kUnsupported, ErrorSubject::kRequest, "the corpus has no ratings, so no stars were learnt",
              {.where = bundle().corpus, .expected = "a run on a corpus with ratings", .got = "none"});
}

// What others gave the item, with a few ratings of all items added, so that one rating does not decide.
PredictedRating Recommender::Impl::mean_prediction(ItemId item) const {
  constexpr double kPrior = 5;  // ratings
  const Split& reviews = *run->data.reviews;
  const RatingScale& scale = bundle().scale;
  std::vector<double> all(scale.level_count()), own(scale.level_count());
  for (const std::size_t at : reviews.rated_positions(Part::kTrain)) {
    const std::size_t level = scale.level_of(reviews.corpus().ratings()[at]);
    ++all[level];
    if (reviews.corpus().items()[at] == item) ++own[level];
  }
  const double ratings = std::accumulate(all.begin(), all.end(), 0.0);
  const double own_ratings = std::accumulate(own.begin(), own.end(), 0.0);
  PredictedRating prediction{
      .levels = scale.levels(), .probability = {}, .scale = scale.in_words(), .fallback = "item-mean"};
  for (std::size_t level = 0; level < all.size(); ++level) {
    const double share = ratings > 0 ? all[level] / ratings : 1.0 / static_cast<double>(all.size());
    prediction.probability.push_back((own[level] + kPrior * share) / (own_ratings + kPrior));
    prediction.stars += scale.level(level) * prediction.probability.back();
  }
  return prediction;
}

// Predictors know the users and items of training, and nothing that happened later.
void Recommender::Impl::mix_ratings(UserId user, ItemId item, PredictedRating& prediction) const {
  const auto mixed = bundle().answer.rating_mixture ? sources->mixed_ratings() : nullptr;
  if (mixed == nullptr) return;
  prediction.stars = mixed->stars(prediction.stars, user, item);
  prediction.probability = MixedRatings::tilted(prediction.probability, prediction.stars, bundle().scale);
}

PredictedRating Recommender::Impl::prediction_of(const RatingDistribution& distribution,
                                                 const PromptTemplate& prompt) const {
  PredictedRating prediction;
  prediction.stars = stars_of(distribution, bundle().answer.stars, bundle().stars.of(prompt), bundle().scale);
  prediction.levels = bundle().scale.levels();
  prediction.probability = distribution;
  prediction.scale = bundle().scale.in_words();
  return prediction;
}

}  // namespace p5
