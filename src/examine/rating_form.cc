#include "examine/rating_form.h"

#include "evaluate/answer_scores.h"
#include "prompt/prompt_renderer.h"
#include "recommend/generative_rating_predictor.h"
#include "retrieval/global_mean_predictor.h"

namespace p5 {

Answers RatingForm::answer(std::span<const TaskQuestion> questions) const {
  const GenerativeRatingPredictor predictor(run().model, run().writer, prompt().id);
  const RatingCalibration& calibration = run().bundle.stars.of(prompt());
  Answers answers;
  in_batches(batched_work(), questions.size(), [&](std::size_t begin, std::size_t size) {
    for (const RatingDistribution& stars : predictor.predict(questions.subspan(begin, size))) {
      answers.numbers.push_back(stars_of(stars, run().answer.stars, calibration));
    }
  });
  return answers;
}

Baseline RatingForm::baseline(std::span<const TaskQuestion> questions) const {
  return {"global-mean", {.numbers = std::vector<double>(questions.size(), mean_train_rating(*run().data.reviews))}};
}

std::vector<Score> RatingForm::score(std::span<const TaskQuestion> questions, const Answers& answers) const {
  RatingMetrics metrics(mean_train_rating(*run().data.reviews));
  double right = 0;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const int truth = *questions[i].rating;
    metrics.add(truth, static_cast<double>(static_cast<float>(answers.numbers[i])));
    right += star_of(answers.numbers[i]) == truth ? 1 : 0;
  }
  std::vector<Score> scores = star_scores(metrics.result());
  scores.push_back({"accuracy", right / static_cast<double>(questions.size())});
  return scores;
}

}  // namespace p5
