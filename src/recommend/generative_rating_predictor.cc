#include "recommend/generative_rating_predictor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "prompt/prompt_renderer.h"

namespace p5 {
namespace {

// Answers in tenths of stars: 10, 20, ... 50, or every tenth.
std::vector<int> tenths_of_answers(bool bands) {
  std::vector<int> tenths;
  for (int value = 10; value <= 50; value += bands ? 1 : 10) tenths.push_back(value);
  return tenths;
}

std::vector<int> stars_of_answers(bool bands) {
  std::vector<int> stars;
  for (const int tenths : tenths_of_answers(bands)) stars.push_back(star_of(tenths / 10.0));
  return stars;
}

std::vector<std::string> answers(bool bands) {
  std::vector<std::string> names;
  for (const int tenths : tenths_of_answers(bands)) {
    names.push_back(bands ? fmt::format("{}.{}", tenths / 10, tenths % 10) : std::to_string(tenths / 10));
  }
  return names;
}

}  // namespace

GenerativeRatingPredictor::GenerativeRatingPredictor(SequenceModel& model, const QuestionWriter& writer,
                                                     std::string prompt_id)
    : writer_(&writer),
      prompt_id_(std::move(prompt_id)),
      star_of_answer_(stars_of_answers(writer.answers_with_bands(prompt_id_))),
      chooser_(model, writer.tokenizer().vocabulary().tokenizer(), answers(writer.answers_with_bands(prompt_id_))) {}

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
    RatingDistribution& distribution = distributions.emplace_back();
    for (std::size_t i = 0; i < probabilities.size(); ++i) {
      distribution[static_cast<std::size_t>(star_of_answer_[i] - 1)] += probabilities[i];
    }
  }
  return distributions;
}

double stars_of(const RatingDistribution& distribution, AnswerOptions::Stars rule,
                const RatingCalibration& calibration) {
  if (rule == AnswerOptions::Stars::kMode) {
    return 1.0 + static_cast<double>(std::max_element(distribution.begin(), distribution.end()) - distribution.begin());
  }
  double mean = 0, below = 0;
  for (std::size_t i = 0; i < distribution.size(); ++i) {
    mean += (static_cast<double>(i) + 1) * distribution[i];
    below += distribution[i];
    if (rule == AnswerOptions::Stars::kMedian && below >= 0.5) return static_cast<double>(i) + 1;
  }
  if (rule == AnswerOptions::Stars::kMedian) return 5.0;
  return rule == AnswerOptions::Stars::kCalibrated ? calibration.stars(mean) : mean;
}

}  // namespace p5
