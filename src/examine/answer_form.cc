#include "examine/answer_form.h"

#include "examine/rating_form.h"
#include "examine/text_form.h"
#include "examine/yes_no_form.h"

namespace p5 {
namespace {

// The first row that takes the prompt answers it.
struct FormRow {
  bool (*takes)(const PromptTemplate& prompt);
  std::unique_ptr<AnswerForm> (*make)(const AskedRun& run, const PromptTemplate& prompt);
};

template <typename Form>
std::unique_ptr<AnswerForm> make(const AskedRun& run, const PromptTemplate& prompt) {
  return std::make_unique<Form>(run, prompt);
}

constexpr FormRow kForms[] = {
    {[](const PromptTemplate& prompt) { return answers_with(prompt, Slot::kRating); }, make<RatingForm>},
    {[](const PromptTemplate& prompt) {
       return answers_with(prompt, Slot::kYesNo) || answers_with(prompt, Slot::kLikeDislike);
     },
     make<YesNoForm>},
    {[](const PromptTemplate&) { return true; }, make<TextForm>},
};

}  // namespace

bool answers_with(const PromptTemplate& prompt, Slot slot) {
  return prompt.target.pieces().size() == 1 && prompt.target.uses(slot);
}

std::vector<WrittenText> AnswerForm::written_texts(std::span<const TaskQuestion>, const Answers&) const { return {}; }

BatchedWork AnswerForm::batched_work() const {
  return {.label = "Evaluating prompt " + prompt_->id,
          .unit = "answers",
          .stopped = kEvaluationStopped,
          .batch = static_cast<std::size_t>(run_->evaluate.batch),
          .stop = run_->evaluate.stop};
}

std::unique_ptr<AnswerForm> make_answer_form(const AskedRun& run, const PromptTemplate& prompt) {
  for (const FormRow& form : kForms) {
    if (form.takes(prompt)) return form.make(run, prompt);
  }
  return nullptr;  // the last row takes every prompt
}

}  // namespace p5
