// Which questions a prompt is measured by: sampled by seed, the same for the model and all baselines. Thread-safe: all
// const.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "examine/asked_run.h"
#include "prompt/prompt_template.h"
#include "prompt/task_question.h"

namespace p5 {

struct QuestionSample {
  std::vector<TaskQuestion> questions;  // with their true answers
  std::size_t of = 0;                   // questions that could have been asked

  // Hash of the users and items asked about, in their order: equal for equal questions.
  std::uint64_t number() const;
};

class QuestionSampler {
 public:
  // The run must outlive the sampler.
  explicit QuestionSampler(const AskedRun& run) : run_(&run) {}

  // Questions of the part that is evaluated; none where the data has no answer to the prompt.
  QuestionSample sample(const PromptTemplate& prompt) const;
  // At most 5,000 training reviews: what baselines look at.
  QuestionSample sample_of_training(const PromptTemplate& prompt) const;

 private:
  QuestionSample about_reviews(const PromptTemplate& prompt, Part part, std::int64_t limit) const;
  QuestionSample about_users(const PromptTemplate& prompt) const;
  void propose_stars(std::vector<TaskQuestion>& questions) const;

  const AskedRun* run_;
};

// The generator that evaluations sample reviews, users and examples with.
Rng review_stream(const EvaluateOptions& options);

}  // namespace p5
