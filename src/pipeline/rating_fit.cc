#include "pipeline/rating_fit.h"

#include <cmath>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/draw.h"
#include "base/in_batches.h"
#include "recommend/candidate_sources.h"
#include "recommend/generative_rating_predictor.h"
#include "recommend/mixed_ratings.h"
#include "recommend/opened_sources.h"
#include "recommend/prompt_choice.h"
#include "task/corpus_questions.h"

namespace p5 {
namespace {

// Validation reviews with stars that the prompt can be asked about; positions in the corpus.
std::vector<std::size_t> reviews_to_ask(const PromptTemplate& prompt, const QuestionWriter& writer,
                                        const DataSplits& data, const EvaluateOptions& options) {
  std::vector<std::size_t> positions;
  for (const std::size_t i : data.reviews->rated_positions(Part::kValid)) {
    if (writer.knows_all(question_about(*data.corpus, i, nullptr, writer.scale()), prompt.id)) positions.push_back(i);
  }
  keep_sample(positions, static_cast<std::size_t>(options.reviews),
              Rng(static_cast<std::uint64_t>(options.seed), "star fit"));
  return positions;
}

// The model's stars of the reviews at `positions`, with what their words say where `words` is given, and the true ones.
std::vector<StarsOfReview> ask_reviews(std::span<const std::size_t> positions, const PromptTemplate& prompt,
                                       SequenceModel& model, const LoadedRun& run, const EvaluateOptions& options,
                                       const ReviewStarsModel* words) {
  const Corpus& corpus = *run.data.corpus;
  const GenerativeRatingPredictor predictor(model, run.writer, prompt.id);
  std::vector<StarsOfReview> reviews;
  const BatchedWork work{"Fitting stars of prompt " + prompt.id, "reviews", "stars were not fit",
                         static_cast<std::size_t>(options.batch), options.stop};
  in_batches(work, positions.size(), [&](std::size_t begin, std::size_t size) {
    std::vector<TaskQuestion> questions;
    for (const std::size_t position : positions.subspan(begin, size)) {
      questions.push_back(question_about(corpus, position, nullptr, run.writer.scale()));
    }
    for (const RatingDistribution& stars : predictor.predict(questions)) {
      const std::size_t position = positions[reviews.size()];
      StarsOfReview& review = reviews.emplace_back();
      review.model = stars;
      review.truth = corpus.ratings()[position];
      if (words != nullptr) review.words = words->stars(corpus.review(position));
    }
  });
  return reviews;
}

// `share`: of the words' stars.
RatingCalibration fit_line(const std::vector<StarsOfReview>& reviews, double share, const RatingScale& scale) {
  std::vector<RatingCalibration::Pair> pairs;
  for (const StarsOfReview& review : reviews) {
    const RatingDistribution stars = review.words.empty() ? review.model : mixed(review.words, review.model, share);
    pairs.push_back({.mean = stars_of(stars, AnswerOptions::Stars::kMean, {}, scale), .truth = review.truth});
  }
  return RatingCalibration::fit(pairs);
}

// Of the model's stars as `line` has them, and of the predictors'.
RatingMixture fit_mixture(std::span<const std::size_t> positions, const std::vector<StarsOfReview>& reviews,
                          const RatingCalibration& line, const LoadedRun& run,
                          std::span<const std::unique_ptr<RatingPredictor>> predictors) {
  const Corpus& corpus = *run.data.corpus;
  const RatingScale& scale = run.bundle.scale;
  std::vector<std::string> parts{std::string(RatingMixture::kModel)};
  std::vector<std::vector<double>> stars(predictors.size() + 1);
  std::vector<double> truth;
  for (const auto& predictor : predictors) parts.push_back(predictor->name());
  for (std::size_t i = 0; i < reviews.size(); ++i) {
    truth.push_back(reviews[i].truth);
    stars.front().push_back(stars_of(reviews[i].model, run.bundle.answer.stars, line, scale));
    for (std::size_t part = 0; part < predictors.size(); ++part) {
      const float predicted = predictors[part]->predict(corpus.users()[positions[i]], corpus.items()[positions[i]]);
      stars[part + 1].push_back(scale.clamp(static_cast<double>(predicted)));
    }
  }
  return RatingMixture::fit(std::move(parts), stars, truth);
}

}  // namespace

std::vector<std::unique_ptr<RatingPredictor>> predictors_to_mix(const SourceInputs& inputs) {
  std::vector<std::unique_ptr<RatingPredictor>> predictors;
  const LoadedRun& run = inputs.run;
  const bool mixes = inputs.options.hybrid.after_training && run.bundle.task.rating_samples > 0;
  if (!mixes || !run.data.corpus->has_ratings()) return predictors;
  for (const std::string& name : MixedRatings::predictors(*run.data.corpus)) {
    predictors.push_back(open_source(*find_rating_predictor(name), inputs));
  }
  return predictors;
}

RatingCalibrations fit_rating_calibrations(SequenceModel& model, const LoadedRun& run, const EvaluateOptions& options,
                                           const ReviewStarsModel* words,
                                           std::span<const std::unique_ptr<RatingPredictor>> predictors) {
  const ModelBundle& bundle = run.bundle;
  RatingCalibrations stars;
  if (!run.data.corpus->has_ratings()) return stars;
  if (bundle.task.rating_samples > 0) {
    const PromptTemplate& prompt = bundle.prompts->at(bundle.answer.rating_prompt);
    const std::vector<std::size_t> positions = reviews_to_ask(prompt, run.writer, run.data, options);
    const std::vector<StarsOfReview> reviews = ask_reviews(positions, prompt, model, run, options, nullptr);
    stars.rating = fit_line(reviews, 0, bundle.scale);
    if (!predictors.empty()) stars.mixture = fit_mixture(positions, reviews, stars.rating, run, predictors);
  }
  const PromptWish of_review = {.family = kReviewFamily, .task = PromptTask::kStar};
  const PromptTemplate* prompt = bundle.answer.review_prompt.empty()
                                     ? find_prompt(*bundle.prompts, bundle.task, of_review)
                                     : &bundle.prompts->at(bundle.answer.review_prompt);
  if (bundle.task.review_samples > 0 && prompt != nullptr) {
    const std::vector<std::size_t> positions = reviews_to_ask(*prompt, run.writer, run.data, options);
    const std::vector<StarsOfReview> reviews = ask_reviews(positions, *prompt, model, run, options, words);
    stars.words = words == nullptr ? 1 : fit_share(reviews, bundle.scale);
    stars.review = fit_line(reviews, words == nullptr ? 0 : stars.words, bundle.scale);
  }
  return stars;
}

}  // namespace p5
