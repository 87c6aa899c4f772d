// Free text: explanations, headlines, and what custom families ask for. The baselines are in examine/counted_texts.h.
// Not thread-safe: it uses one model.
#pragma once

#include "examine/answer_form.h"

namespace p5 {

class TextForm final : public AnswerForm {
 public:
  TextForm(const AskedRun& run, const PromptTemplate& prompt) : AnswerForm(run, prompt) {}

  Answers answer(std::span<const TaskQuestion> questions) const override;
  std::vector<Baseline> baselines(std::span<const TaskQuestion> questions) const override;
  std::vector<Score> score(std::span<const TaskQuestion> questions, const Answers& answers) const override;
  std::vector<WrittenText> written_texts(std::span<const TaskQuestion> questions,
                                         const Answers& answers) const override;
};

}  // namespace p5
