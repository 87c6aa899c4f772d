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
  std::vector<std::string_view> baselines;
};

template <typename Form>
std::unique_ptr<AnswerForm> make(const AskedRun& run, const PromptTemplate& prompt) {
  return std::make_unique<Form>(run, prompt);
}

const std::vector<FormRow>& forms() {
  static const std::vector<FormRow> rows{
      {[](const PromptTemplate& prompt) { return answers_with(prompt, Slot::kRating); },
       make<RatingForm>,
       {"global-mean", kBagOfWords, kWordModel}},
      {[](const PromptTemplate& prompt) {
         return answers_with(prompt, Slot::kYesNo) || answers_with(prompt, Slot::kLikeDislike);
       },
       make<YesNoForm>,
       {"majority"}},
      {[](const PromptTemplate&) { return true; },
       make<TextForm>,
       {"random-sentence", "frequent-words", "random-answer"}},
  };
  return rows;
}

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

std::vector<std::string_view> baseline_names() {
  std::vector<std::string_view> names;
  for (const FormRow& form : forms()) names.insert(names.end(), form.baselines.begin(), form.baselines.end());
  return names;
}

std::unique_ptr<AnswerForm> make_answer_form(const AskedRun& run, const PromptTemplate& prompt) {
  for (const FormRow& form : forms()) {
    if (form.takes(prompt)) return form.make(run, prompt);
  }
  return nullptr;  // the last row takes every prompt
}

}  // namespace p5
