#include "pipeline/rating_fit.h"

#include <cmath>
#include <span>
#include <vector>

#include "base/draw.h"
#include "base/in_batches.h"
#include "recommend/generative_rating_predictor.h"
#include "recommend/prompt_choice.h"
#include "task/corpus_questions.h"

namespace p5 {
namespace {

// Validation reviews with stars that the prompt can be asked about; positions in the corpus.
std::vector<std::size_t> reviews_to_ask(const PromptTemplate& prompt, const QuestionWriter& writer,
                                        const DataSplits& data, const EvaluateOptions& options) {
  std::vector<std::size_t> positions;
  for (const std::size_t i : rated(*data.reviews, Part::kValid)) {
    if (writer.knows_all(question_about(*data.corpus, i, nullptr), prompt.id)) positions.push_back(i);
  }
  keep_sample(positions, static_cast<std::size_t>(options.reviews),
              Rng(static_cast<std::uint64_t>(options.seed), "star fit"));
  return positions;
}

RatingCalibration fit_line(const PromptTemplate& prompt, SequenceModel& model, const QuestionWriter& writer,
                           const DataSplits& data, const EvaluateOptions& options) {
  const std::vector<std::size_t> positions = reviews_to_ask(prompt, writer, data, options);
  const GenerativeRatingPredictor predictor(model, writer, prompt.id);
  std::vector<RatingCalibration::Pair> pairs;
  const BatchedWork work{"Fitting stars of prompt " + prompt.id, "reviews", "stars were not fit",
                         static_cast<std::size_t>(options.batch), options.stop};
  in_batches(work, positions.size(), [&](std::size_t begin, std::size_t size) {
    std::vector<TaskQuestion> questions;
    for (const std::size_t position : std::span(positions).subspan(begin, size)) {
      questions.push_back(question_about(*data.corpus, position, nullptr));
    }
    for (const RatingDistribution& stars : predictor.predict(questions)) {
      pairs.push_back({.mean = stars_of(stars, AnswerOptions::Stars::kMean, {}),
                       .truth = data.corpus->ratings()[positions[pairs.size()]]});
    }
  });
  return RatingCalibration::fit(pairs);
}

}  // namespace

RatingCalibrations fit_rating_calibrations(SequenceModel& model, const QuestionWriter& writer,
                                           const ModelBundle& bundle, const DataSplits& data,
                                           const EvaluateOptions& options) {
  RatingCalibrations stars;
  if (!data.corpus->has_ratings()) return stars;
  if (bundle.task.rating_samples > 0) {
    stars.rating = fit_line(bundle.prompts->at(bundle.answer.rating_prompt), model, writer, data, options);
  }
  const PromptWish of_review = {.family = kReviewFamily, .task = PromptTask::kStar};
  const PromptTemplate* prompt = bundle.answer.review_prompt.empty()
                                     ? find_prompt(*bundle.prompts, bundle.task, of_review)
                                     : &bundle.prompts->at(bundle.answer.review_prompt);
  if (bundle.task.review_samples > 0 && prompt != nullptr) {
    stars.review = fit_line(*prompt, model, writer, data, options);
  }
  return stars;
}

}  // namespace p5
