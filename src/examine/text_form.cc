#include "examine/text_form.h"

#include "base/interrupt.h"
#include "base/progress.h"
#include "evaluate/answer_scores.h"
#include "examine/counted_texts.h"
#include "recommend/text_writer.h"

namespace p5 {

Answers TextForm::answer(std::span<const TaskQuestion> questions) const {
  const BatchedWork work = batched_work();
  Progress progress(work.label, questions.size(), "texts");
  const TextWriter writer(run().model, run().writer, run().decode, work.batch);
  return {.texts = writer.write(questions, prompt().id, [&](std::size_t count) {
    stop_if_requested(work.stop, work.stopped);
    progress.advance(count);
  })};
}

std::vector<Baseline> TextForm::baselines(std::span<const TaskQuestion> questions) const {
  if (prompt().task == PromptTask::kExplain) {
    return {{"random-sentence", {.texts = random_sentences(run(), questions)}}};
  }
  if (prompt().task == PromptTask::kHeadline) {
    return {{"frequent-words", {.texts = std::vector(questions.size(), frequent_headline_words(run().data))}}};
  }
  return {{"random-answer", {.texts = random_answers(run(), prompt(), questions.size())}}};
}

std::vector<Score> TextForm::score(std::span<const TaskQuestion> questions, const Answers& answers) const {
  const std::vector<WrittenText> texts = written_texts(questions, answers);
  std::vector<Score> scores = text_scores(texts);
  if (run().explanations != nullptr && prompt().target.uses(Slot::kExplanation)) {
    const auto features = run().explanations->features();
    for (Score& score : explanation_scores(texts, features)) scores.push_back(std::move(score));
  }
  if (prompt().task == PromptTask::kText) scores.push_back(exact_score(texts));
  return scores;
}

std::vector<WrittenText> TextForm::written_texts(std::span<const TaskQuestion> questions,
                                                 const Answers& answers) const {
  std::vector<WrittenText> texts;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    texts.push_back({to_text(run().writer.example(questions[i], prompt().id).target, *run().bundle.index),
                     answers.texts[i], std::string(questions[i].feature)});
  }
  return texts;
}

}  // namespace p5
