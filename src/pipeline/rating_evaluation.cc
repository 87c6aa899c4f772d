#include "pipeline/rating_evaluation.h"

#include <span>
#include <utility>
#include <vector>

#include "base/in_batches.h"
#include "evaluate/evaluator.h"
#include "recommend/generative_rating_predictor.h"
#include "retrieval/global_mean_predictor.h"

namespace p5 {

MeasuredRatings measure_ratings(const AskedRun& run, const std::string& prompt, const MixedRatings* mixed) {
  const Corpus& corpus = *run.data.corpus;
  std::vector<std::pair<UserId, ItemId>> pairs;
  std::vector<RatingPrediction> predictions, mixtures;
  for (const std::size_t i : reviews_to_ask(*run.data.reviews, run.part(), run.evaluate)) {
    pairs.emplace_back(corpus.users()[i], corpus.items()[i]);
    predictions.push_back({.truth = corpus.ratings()[i]});
  }
  const GenerativeRatingPredictor predictor(run.model, run.writer, prompt);
  const BatchedWork work{"Evaluating stars", "reviews", "evaluation interrupted; nothing was written",
                         static_cast<std::size_t>(run.evaluate.batch), run.evaluate.stop};
  in_batches(work, pairs.size(), [&](std::size_t begin, std::size_t size) {
    const auto distributions = predictor.predict(std::span(pairs).subspan(begin, size));
    for (std::size_t i = begin; i < begin + size; ++i) {
      const double stars =
          stars_of(distributions[i - begin], run.answer.stars, run.bundle.stars.rating, run.bundle.scale);
      predictions[i].predicted = static_cast<float>(stars);
      if (mixed == nullptr) continue;
      const double mixture = mixed->stars(stars, pairs[i].first, pairs[i].second);
      mixtures.push_back({predictions[i].truth, static_cast<float>(mixture)});
    }
  });
  const auto measured = [&](const std::vector<RatingPrediction>& of) {
    return evaluate_rating(of, mean_train_rating(*run.data.reviews), corpus.rating_scale());
  };
  MeasuredRatings result{.model = measured(predictions)};
  if (mixed != nullptr) result.mixed = measured(mixtures);
  return result;
}

}  // namespace p5
