// Yes or no, like or dislike: how likely the model finds the former. The baseline answers the training share of "like",
// and one half to yes or no. Not thread-safe: it uses one model.
#pragma once

#include "examine/answer_form.h"

namespace p5 {

class YesNoForm final : public AnswerForm {
 public:
  YesNoForm(const AskedRun& run, const PromptTemplate& prompt) : AnswerForm(run, prompt) {}

  Answers answer(std::span<const TaskQuestion> questions) const override;
  std::vector<Baseline> baselines(std::span<const TaskQuestion> questions) const override;
  std::vector<Score> score(std::span<const TaskQuestion> questions, const Answers& answers) const override;
};

}  // namespace p5
