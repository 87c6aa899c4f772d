#include "examine/text_evaluation.h"

#include <algorithm>
#include <memory>

#include "base/draw.h"
#include "evaluate/answer_scores.h"
#include "examine/answer_form.h"
#include "task/task_families.h"

namespace p5 {
namespace {

TaskResult result_of(const PromptTemplate& prompt, const QuestionSample& sample, std::vector<Score> scores) {
  if (prompt.task == PromptTask::kText) put_first(prompt.metric, scores);
  return {.task = prompt.family,
          .hint = prompt.task == PromptTask::kExplain ? to_string(hint_of(prompt)) : "",
          .n = sample.questions.size(),
          .of = sample.of,
          .questions = sample.number(),
          .scores = std::move(scores)};
}

}  // namespace

TextEvaluation::TextEvaluation(AskedRun run) : run_(std::move(run)) {
  if (run_.explanations != nullptr || !needs_explanations(*run_.bundle.prompts, run_.bundle.task)) return;
  ExplainOptions options = run_.bundle.explain;
  if (run_.foreign) options.file.clear();  // a list is of the run's own corpus
  run_.explanations = make_explanations(*run_.data.reviews, options);
}

TaskResult TextEvaluation::Kind::named(TaskResult result) const {
  result.task = task;
  result.part = part;
  result.title = title;
  return result;
}

std::vector<TextEvaluation::Kind> TextEvaluation::kinds() const {
  std::vector<Kind> all;
  const auto add = [&all](PromptWish wish, std::string task, std::string part, std::string title) {
    all.push_back({std::move(wish), std::move(task), std::move(part), std::move(title)});
  };
  const auto explain = [&add](const PromptHint& hint, std::string task) {
    add({.family = kExplanationFamily, .task = PromptTask::kExplain, .hint = hint}, std::move(task), "",
        "Explanation, hint: " + to_string(hint));
  };
  explain({}, "explanation");
  explain({.feature = true}, "explanation_feature");
  explain({.feature = true, .stars = true}, "explanation_feature_star");
  add({.family = kReviewFamily, .task = PromptTask::kStar}, "review", "star",
      "Review: its stars, " + run_.bundle.scale.in_words());
  add({.family = kReviewFamily, .task = PromptTask::kHeadline}, "review", "headline", "Review: its headline");
  add({.family = kRatingFamily, .task = PromptTask::kLikeDislike}, "rating_like_dislike", "",
      "Rating: like or dislike");
  add({.family = kRatingFamily, .task = PromptTask::kYesNo}, "rating_yes_no", "",
      "Rating: yes or no to proposed stars");
  add({.family = kSequentialFamily, .task = PromptTask::kYesNo}, "sequential_yes_no", "",
      "Sequential: yes or no to an item");
  add({.family = kDirectFamily, .task = PromptTask::kYesNo}, "direct_yes_no", "", "Direct: yes or no to an item");
  for (const std::string& own : run_.bundle.prompts->custom_families()) {
    add({.family = own, .task = PromptTask::kText}, own, "", "Custom family '" + own + "'");
  }
  std::erase_if(all, [&](const Kind& kind) { return run_.bundle.task.samples_of(kind.wish.family) == 0; });
  return all;
}

const PromptTemplate* TextEvaluation::prompt_of(const Kind& kind, bool held_out) const {
  const ModelBundle& bundle = run_.bundle;
  PromptWish wish = kind.wish;
  wish.held_out = held_out;
  if (!held_out) {
    const AnswerOptions& answers = run_.answer;
    const std::string* chosen = nullptr;
    if (kind.task == "explanation") chosen = &answers.explanation_prompt;
    if (kind.task == "explanation_feature") chosen = &answers.feature_prompt;
    if (kind.part == "headline") chosen = &answers.headline_prompt;
    if (kind.part == "star") chosen = &answers.review_prompt;
    if (chosen != nullptr && !chosen->empty()) return &choose_prompt(*bundle.prompts, bundle.task, wish, *chosen);
  }
  return find_prompt(*bundle.prompts, bundle.task, wish);
}

TaskResults TextEvaluation::measure(bool held_out) const {
  TaskResults results;
  for (const Kind& kind : kinds()) measure(kind, held_out, results);
  return results;
}

TaskResults TextEvaluation::measure_task(std::string_view task) const {
  TaskResults results;
  for (const Kind& kind : kinds()) {
    if (kind.task == task) measure(kind, /*held_out=*/false, results);
  }
  return results;
}

void TextEvaluation::measure(const Kind& kind, bool held_out, TaskResults& results) const {
  const PromptTemplate* prompt = prompt_of(kind, held_out);
  if (prompt == nullptr) return;
  TaskResult result = measure(*prompt);
  if (result.n > 0) results.push_back(kind.named(std::move(result)));
}

std::vector<std::pair<std::string, TaskResult>> TextEvaluation::baselines() const {
  std::vector<std::pair<std::string, TaskResult>> results;
  for (const Kind& kind : kinds()) {
    const PromptTemplate* prompt = prompt_of(kind, false);
    if (prompt == nullptr) continue;
    for (auto& [row, result] : baselines(*prompt)) {
      if (result.n > 0) results.emplace_back(row, kind.named(std::move(result)));
    }
  }
  return results;
}

TaskResult TextEvaluation::measure(const PromptTemplate& prompt) const {
  const QuestionSample sample = QuestionSampler(run_).sample(prompt);
  if (sample.questions.empty()) return {};
  const auto form = make_answer_form(run_, prompt);
  const Answers answers = form->answer(sample.questions);
  TaskResult result = result_of(prompt, sample, form->score(sample.questions, answers));
  result.prompt = prompt.id;
  if (run_.evaluate.examples > 0) {
    result.examples = form->written_texts(sample.questions, answers);
    keep_sample(result.examples, static_cast<std::size_t>(run_.evaluate.examples), review_stream(run_.evaluate));
  }
  return result;
}

std::vector<std::pair<std::string, TaskResult>> TextEvaluation::baselines(const PromptTemplate& prompt) const {
  std::vector<std::pair<std::string, TaskResult>> results;
  const QuestionSample sample = QuestionSampler(run_).sample(prompt);
  if (sample.questions.empty()) return results;
  const auto form = make_answer_form(run_, prompt);
  for (const Baseline& row : form->baselines(sample.questions)) {
    results.emplace_back(row.row, result_of(prompt, sample, form->score(sample.questions, row.answers)));
  }
  return results;
}

}  // namespace p5
