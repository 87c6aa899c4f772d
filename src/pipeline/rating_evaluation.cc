#include "pipeline/rating_evaluation.h"

#include <span>
#include <utility>
#include <vector>

#include "base/in_batches.h"
#include "evaluate/evaluator.h"
#include "recommend/generative_rating_predictor.h"
#include "retrieval/global_mean_predictor.h"

namespace p5 {

TaskResult measure_ratings(const AskedRun& run, const std::string& prompt) {
  const Corpus& corpus = *run.data.corpus;
  std::vector<std::pair<UserId, ItemId>> pairs;
  std::vector<RatingPrediction> predictions;
  for (const std::size_t i : reviews_to_ask(*run.data.reviews, run.part(), run.evaluate)) {
    pairs.emplace_back(corpus.users()[i], corpus.items()[i]);
    predictions.push_back({.truth = corpus.ratings()[i]});
  }
  const GenerativeRatingPredictor predictor(run.model, run.writer, prompt);
  const BatchedWork work{"Evaluating stars", "reviews", "evaluation interrupted; nothing was written",
                         static_cast<std::size_t>(run.evaluate.batch), run.evaluate.stop};
  in_batches(work, pairs.size(), [&](std::size_t begin, std::size_t size) {
    const auto distributions = predictor.predict(std::span(pairs).subspan(begin, size));
    for (std::size_t i = 0; i < size; ++i) {
      predictions[begin + i].predicted =
          static_cast<float>(stars_of(distributions[i], run.answer.stars, run.bundle.stars.rating, run.bundle.scale));
    }
  });
  return evaluate_rating(predictions, mean_train_rating(*run.data.reviews), corpus.rating_scale());
}

}  // namespace p5
