// Stars: the mean of the model's distribution over them, or as decode.stars says; of reviews, mixed with those of their
// words. The baseline answers the mean training rating; of reviews, there are also a logistic regression on a bag of
// words, and the run's word model alone. Not thread-safe: it uses one model.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "examine/answer_form.h"

namespace p5 {

inline constexpr std::string_view kBagOfWords = "bag-of-words", kWordModel = "word-model";  // rows

class RatingForm final : public AnswerForm {
 public:
  RatingForm(const AskedRun& run, const PromptTemplate& prompt) : AnswerForm(run, prompt) {}

  Answers answer(std::span<const TaskQuestion> questions) const override;
  std::vector<Baseline> baselines(std::span<const TaskQuestion> questions) const override;
  std::vector<Score> score(std::span<const TaskQuestion> questions, const Answers& answers) const override;

 private:
  bool reads_reviews() const;
  bool mixes_words() const;
  Answers answered(std::vector<RatingDistribution> stars) const;
  std::optional<double> balanced_accuracy(std::span<const TaskQuestion> questions, const Answers& answers) const;
};

}  // namespace p5
