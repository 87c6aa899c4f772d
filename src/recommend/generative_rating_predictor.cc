#include "recommend/generative_rating_predictor.h"

#include <algorithm>

#include "task/rating_bands.h"

namespace p5 {
namespace {

std::vector<std::size_t> levels_of_answers(const RatingScale& scale, bool bands) {
  std::vector<std::size_t> levels;
  if (bands) return band_levels(scale);
  for (std::size_t level = 0; level < scale.level_count(); ++level) levels.push_back(level);
  return levels;
}

std::vector<std::string> answers(const RatingScale& scale, bool bands) {
  return bands ? band_words(scale) : scale.words();
}

}  // namespace

GenerativeRatingPredictor::GenerativeRatingPredictor(SequenceModel& model, const QuestionWriter& writer,
                                                     std::string prompt_id)
    : writer_(&writer),
      prompt_id_(std::move(prompt_id)),
      levels_(writer.scale().level_count()),
      level_of_answer_(levels_of_answers(writer.scale(), writer.answers_with_bands(prompt_id_))),
      chooser_(model, writer.tokenizer().vocabulary().tokenizer(),
               answers(writer.scale(), writer.answers_with_bands(prompt_id_))) {}

std::vector<RatingDistribution> GenerativeRatingPredictor::predict(
    std::span<const std::pair<UserId, ItemId>> pairs) const {
  std::vector<TaskQuestion> questions;
  for (const auto& [user, item] : pairs) questions.push_back({.user = user, .item = item});
  return predict(questions);
}

std::vector<RatingDistribution> GenerativeRatingPredictor::predict(std::span<const TaskQuestion> questions) const {
  std::vector<TokenRow> rows;
  for (const TaskQuestion& question : questions) rows.push_back(writer_->row(question, prompt_id_));
  std::vector<RatingDistribution> distributions;
  for (const auto& probabilities : chooser_.ask(rows)) {
    RatingDistribution& distribution = distributions.emplace_back(levels_, 0.0);
    for (std::size_t i = 0; i < probabilities.size(); ++i) distribution[level_of_answer_[i]] += probabilities[i];
  }
  return distributions;
}

double stars_of(const RatingDistribution& distribution, AnswerOptions::Stars rule, const RatingCalibration& calibration,
                const RatingScale& scale) {
  if (rule == AnswerOptions::Stars::kMode) {
    const auto likeliest = std::max_element(distribution.begin(), distribution.end());
    return scale.level(static_cast<std::size_t>(likeliest - distribution.begin()));
  }
  double mean = 0, below = 0;
  for (std::size_t i = 0; i < distribution.size(); ++i) {
    mean += scale.level(i) * distribution[i];
    below += distribution[i];
    if (rule == AnswerOptions::Stars::kMedian && below >= 0.5) return scale.level(i);
  }
  if (rule == AnswerOptions::Stars::kMedian) return scale.highest();
  return rule == AnswerOptions::Stars::kCalibrated ? calibration.stars(mean, scale) : mean;
}

}  // namespace p5
