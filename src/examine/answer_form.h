// In which form a prompt is answered: free text, stars, or one of two words. A form knows how the model gives such
// answers, how they are scored, and which baselines learn from training data alone. Not thread-safe: it uses one model.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/in_batches.h"
#include "evaluate/task_result.h"
#include "examine/asked_run.h"
#include "prompt/prompt_template.h"
#include "prompt/task_question.h"
#include "recommend/rating_distribution.h"

namespace p5 {

// One per question: texts, or numbers (stars, the probability of "yes").
struct Answers {
  std::vector<std::string> texts = {};
  std::vector<double> numbers = {};
  std::vector<RatingDistribution> stars = {};  // of reviews, before they became numbers
};

// Answers of a baseline, and the name of its row in the report.
struct Baseline {
  std::string row;
  Answers answers;
};

class AnswerForm {
 public:
  virtual ~AnswerForm() = default;

  // Throws Interrupted between two batches.
  virtual Answers answer(std::span<const TaskQuestion> questions) const = 0;
  // At least one; the first is the one that only counts.
  virtual std::vector<Baseline> baselines(std::span<const TaskQuestion> questions) const = 0;
  virtual std::vector<Score> score(std::span<const TaskQuestion> questions, const Answers& answers) const = 0;
  // Answers with their references, where these are texts that people want to read.
  virtual std::vector<WrittenText> written_texts(std::span<const TaskQuestion> questions, const Answers& answers) const;

 protected:
  // Both must outlive the form.
  AnswerForm(const AskedRun& run, const PromptTemplate& prompt) : run_(&run), prompt_(&prompt) {}

  const AskedRun& run() const { return *run_; }
  const PromptTemplate& prompt() const { return *prompt_; }
  // How questions of this prompt go to the model in pieces.
  BatchedWork batched_work() const;

 private:
  const AskedRun* run_;
  const PromptTemplate* prompt_;
};

// The form that the prompt's target asks for. Run and prompt must outlive it.
std::unique_ptr<AnswerForm> make_answer_form(const AskedRun& run, const PromptTemplate& prompt);

// The names of the baseline rows of all forms.
std::vector<std::string_view> baseline_names();

// Whether the prompt's target is this slot and nothing else.
bool answers_with(const PromptTemplate& prompt, Slot slot);

inline constexpr std::string_view kEvaluationStopped = "evaluation interrupted; nothing was written";

}  // namespace p5
