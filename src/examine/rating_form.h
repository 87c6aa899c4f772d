// Stars: the mean of the model's distribution over them, or as decode.stars says. The baseline answers the mean
// training rating. Not thread-safe: it uses one model.
#pragma once

#include "examine/answer_form.h"

namespace p5 {

class RatingForm final : public AnswerForm {
 public:
  RatingForm(const AskedRun& run, const PromptTemplate& prompt) : AnswerForm(run, prompt) {}

  Answers answer(std::span<const TaskQuestion> questions) const override;
  Baseline baseline(std::span<const TaskQuestion> questions) const override;
  std::vector<Score> score(std::span<const TaskQuestion> questions, const Answers& answers) const override;
};

}  // namespace p5
