// Measures the answers of a run that are no rankings: explanations, headlines and stars of reviews, yes or no, and
// families of one's own; each beside what somebody would answer who has only counted. Not thread-safe.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "evaluate/task_result.h"
#include "explain/explanation_set.h"
#include "pipeline/run_config.h"
#include "recommend/prompt_choice.h"
#include "recommend/question_writer.h"

namespace p5 {

// All of it must outlive the evaluation.
struct TextEvaluationSetup {
  SequenceModel& model;
  const QuestionWriter& writer;
  const ModelBundle& bundle;
  const DataSplits& data;
  const RunConfig& config;
  bool foreign = false;  // the data is of a corpus that the model was not trained on
};

class TextEvaluation {
 public:
  explicit TextEvaluation(const TextEvaluationSetup& setup);

  // Every kind of question that the run was trained on, with the first trained prompt that asks it, or with the first
  // one that no training saw. Kinds without such a prompt or without data are left out.
  TaskResults measure(bool held_out) const;
  // (row, result): what those must beat, on the same questions as the trained prompts.
  std::vector<std::pair<std::string, TaskResult>> baselines() const;

  // One prompt; `n` is 0 where the data has no question for it.
  TaskResult measure(const PromptTemplate& prompt) const;
  std::pair<std::string, TaskResult> baseline(const PromptTemplate& prompt) const;

 private:
  struct Kind;
  struct Asked;
  struct Answers;
  std::vector<Kind> kinds() const;
  const PromptTemplate* prompt_of(const Kind& kind, bool held_out) const;
  Asked ask(const PromptTemplate& prompt) const;
  Asked ask_about_reviews(const PromptTemplate& prompt, Part part, std::int64_t most) const;
  Asked ask_about_users(const PromptTemplate& prompt) const;
  void propose_stars(std::vector<TaskQuestion>& questions) const;
  Answers answer(const PromptTemplate& prompt, const Asked& asked) const;
  std::pair<std::string, Answers> trivial_answer(const PromptTemplate& prompt, const Asked& asked) const;
  std::vector<std::string> random_sentences(const Asked& asked) const;
  std::vector<std::string> random_targets(const PromptTemplate& prompt, const Asked& asked) const;
  std::string frequent_headline_words() const;
  double positive_share() const;
  std::vector<WrittenText> written_texts(const PromptTemplate& prompt, const Asked& asked,
                                         const Answers& answers) const;
  std::vector<Score> score(const PromptTemplate& prompt, const Asked& asked, const Answers& answers) const;
  TaskResult result_of(const PromptTemplate& prompt, const Asked& asked, const Answers& answers) const;
  Part part() const { return config_->evaluate.part(); }

  SequenceModel* model_;
  const QuestionWriter* writer_;
  const ModelBundle* bundle_;
  const DataSplits* data_;
  const RunConfig* config_;
  bool foreign_;
  std::shared_ptr<const ExplanationSet> explanations_;  // null where no prompt needs them
};

}  // namespace p5
