// Measures the answers of a run that are not rankings: explanations, headlines and stars of reviews, yes or no, and
// custom families; each with a baseline that only counts training data. Not thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "evaluate/task_result.h"
#include "examine/asked_run.h"
#include "examine/question_sampler.h"
#include "recommend/prompt_choice.h"

namespace p5 {

class TextEvaluation {
 public:
  // Finds the explanations of the data where a prompt of the run needs them and `run` has none.
  explicit TextEvaluation(AskedRun run);

  // Every kind of question that the run was trained on, with the first trained prompt that asks it, or with the first
  // held-out one. Kinds without such a prompt or without data are left out.
  TaskResults measure(bool held_out) const;
  // The results of one task alone, as reports name it, with trained prompts.
  TaskResults measure_task(std::string_view task) const;
  // (row, result): the baselines, on the same questions as the trained prompts.
  std::vector<std::pair<std::string, TaskResult>> baselines() const;

  // One prompt; `n` is 0 where the data has no question for it.
  TaskResult measure(const PromptTemplate& prompt) const;
  // (row, result), the one that only counts first; none where the data has no question for the prompt.
  std::vector<std::pair<std::string, TaskResult>> baselines(const PromptTemplate& prompt) const;

 private:
  // One kind of question, as reports name it.
  struct Kind {
    PromptWish wish;
    std::string task, part, title;

    TaskResult named(TaskResult result) const;
  };
  std::vector<Kind> kinds() const;
  const PromptTemplate* prompt_of(const Kind& kind, bool held_out) const;
  void measure(const Kind& kind, bool held_out, TaskResults& results) const;

  AskedRun run_;
};

}  // namespace p5
