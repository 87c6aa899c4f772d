#include "examine/rating_form.h"

#include <utility>

#include "evaluate/answer_scores.h"
#include "recommend/generative_rating_predictor.h"
#include "retrieval/global_mean_predictor.h"

namespace p5 {

bool RatingForm::reads_reviews() const { return prompt().source.uses(Slot::kReview); }

// A held-out prompt is asked to learn what the model understands of it, so the words keep silent.
bool RatingForm::mixes_words() const {
  return reads_reviews() && !prompt().held_out && run().answer.review_words && run().words != nullptr;
}

Answers RatingForm::answered(std::vector<RatingDistribution> stars) const {
  Answers answers;
  const RatingCalibration& calibration = run().bundle.stars.of(prompt());
  for (const RatingDistribution& each : stars) {
    answers.numbers.push_back(stars_of(each, run().answer.stars, calibration, run().bundle.scale));
  }
  if (reads_reviews()) answers.stars = std::move(stars);
  return answers;
}

Answers RatingForm::answer(std::span<const TaskQuestion> questions) const {
  const GenerativeRatingPredictor predictor(run().model, run().writer, prompt().id);
  std::vector<RatingDistribution> all;
  in_batches(batched_work(), questions.size(), [&](std::size_t begin, std::size_t size) {
    for (const RatingDistribution& stars : predictor.predict(questions.subspan(begin, size))) {
      const std::string_view review = questions[all.size()].review;
      all.push_back(mixes_words() ? mixed(run().words->stars(review), stars, run().bundle.stars.words) : stars);
    }
  });
  return answered(std::move(all));
}

std::vector<Baseline> RatingForm::baselines(std::span<const TaskQuestion> questions) const {
  std::vector<Baseline> rows{
      {"global-mean", {.numbers = std::vector<double>(questions.size(), mean_train_rating(*run().data.reviews))}}};
  if (!reads_reviews() || run().words == nullptr) return rows;
  const auto add = [&](std::string_view row, const ReviewStarsModel& words) {
    Answers answers;
    for (const TaskQuestion& question : questions) {
      answers.stars.push_back(words.stars(question.review));
      answers.numbers.push_back(stars_of(answers.stars.back(), AnswerOptions::Stars::kMean, {}, run().bundle.scale));
    }
    rows.push_back({std::string(row), std::move(answers)});
  };
  add(kBagOfWords, ReviewStarsModel::fit(*run().data.reviews, run().bundle.scale, run().bundle.explain,
                                         ReviewStarsModel::Kind::kBagOfWords));
  add(kWordModel, *run().words);
  return rows;
}

// How well ratings of the lowest quarter of the scale (1 and 2 stars) are told from the highest (5): the mean of the
// share of the former and the share of the latter that are on their side (ReviewStarsModel::badness). None where the
// questions lack one of both.
std::optional<double> RatingForm::balanced_accuracy(std::span<const TaskQuestion> questions,
                                                    const Answers& answers) const {
  const RatingScale& scale = run().bundle.scale;
  const double bound = scale.lowest() + (scale.highest() - scale.lowest()) / 4 + 1e-9;
  double bad = 0, right_bad = 0, good = 0, right_good = 0;
  for (std::size_t i = 0; i < answers.stars.size(); ++i) {
    const double truth = *questions[i].rating;
    const bool called_bad = run().words->badness(answers.stars[i]) > 0;
    if (truth <= bound) {
      ++bad;
      right_bad += called_bad ? 1 : 0;
    } else if (truth >= scale.highest()) {
      ++good;
      right_good += called_bad ? 0 : 1;
    }
  }
  if (bad == 0 || good == 0) return std::nullopt;
  return (right_bad / bad + right_good / good) / 2;
}

std::vector<Score> RatingForm::score(std::span<const TaskQuestion> questions, const Answers& answers) const {
  const RatingScale& scale = run().bundle.scale;
  RatingMetrics metrics(mean_train_rating(*run().data.reviews), scale);
  double right = 0;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const double truth = *questions[i].rating;
    metrics.add(questions[i].exact_rating.value_or(truth), static_cast<double>(static_cast<float>(answers.numbers[i])));
    right += scale.nearest_level(answers.numbers[i]) == truth ? 1 : 0;
  }
  std::vector<Score> scores = star_scores(metrics.result());
  scores.push_back({"accuracy", right / static_cast<double>(questions.size())});
  if (run().words == nullptr) return scores;
  if (const auto balanced = balanced_accuracy(questions, answers)) {
    scores.push_back({.name = "balanced_accuracy", .value = *balanced, .heading = "1-2 or 5"});
  }
  return scores;
}

}  // namespace p5
