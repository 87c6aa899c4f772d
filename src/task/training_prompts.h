// The prompts that a family is trained on, and the random changes to their questions: some are anonymous
// (task.anonymous), some lose a few of the prompt's own words (task.word_dropout), and past stars are random ones in
// random order instead of the latest. Thread-safe: all const.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/rng.h"
#include "task/prompt_writer.h"
#include "task/task_options.h"

namespace p5 {

class TrainingPrompts {
 public:
  // Those that task.prompts names, else all that are not held out. Throws InvalidArgument when no prompt is left to
  // train on, NotFound for an unknown one.
  TrainingPrompts(std::string family, std::shared_ptr<const PromptWriter> writer, const TaskOptions& options);

  const std::string& family() const { return family_; }
  const PromptTemplate& draw(Rng& rng) const { return *prompts_[rng.below(prompts_.size())]; }
  // Those whose slots, also those of the answer, all have a value or a fallback.
  std::vector<const PromptTemplate*> answerable(const TaskQuestion& question) const;
  TaskExample write(TaskQuestion question, const PromptTemplate& prompt, Rng& rng) const;

 private:
  std::string family_;
  std::shared_ptr<const PromptWriter> writer_;
  std::vector<const PromptTemplate*> prompts_;
  double anonymous_, word_dropout_;
  std::size_t profile_ratings_;
};

}  // namespace p5
