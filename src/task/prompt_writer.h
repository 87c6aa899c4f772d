// Puts questions into words: fills a prompt's slots from the question and from what the corpus knows about its user and
// item. Nothing is random here and no split is known, so that training, evaluation and answers share one writer; it
// costs nothing to make. Thread-safe: all const.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "corpus/corpus.h"
#include "prompt/prompt_library.h"
#include "prompt/prompt_renderer.h"
#include "prompt/task_question.h"
#include "task/answer_evidence.h"
#include "task/rating_expectation.h"
#include "task/rating_history.h"
#include "task/task_data.h"
#include "task/task_example.h"
#include "task/task_options.h"

namespace p5 {

class PromptWriter {
 public:
  // `stars`: the past ratings that questions about a user and an item show with task.profile_ratings. All prompts can
  // be asked, whatever task.prompts says. `expectation`: of task.expected_stars; null: not shown.
  // `answers`: what examples say about answers in words; null: nothing. `scale`: of the stars that prompts name.
  PromptWriter(std::shared_ptr<const Corpus> corpus, std::shared_ptr<const PromptLibrary> prompts,
               const TaskOptions& options, std::shared_ptr<const RatingHistory> stars,
               std::shared_ptr<const RatingExpectation> expectation = nullptr,
               std::shared_ptr<const AnswerEvidence> answers = nullptr, const RatingScale& scale = {});

  const PromptLibrary& prompts() const { return *prompts_; }

  // The question as evaluation and answers ask it, by any prompt, held out or not; the target stays empty when the
  // answer is not known. Candidates are reordered (by hash of key and user), so that no permutation of the input
  // changes a rank (pitfall 12). A model that was trained on anonymous questions only (task.anonymous = 1) is asked
  // without ids. Throws InvalidArgument for repeated candidates, for candidates without the answer and for a slot
  // without a value.
  TaskExample ask(const TaskQuestion& question, const PromptTemplate& prompt) const;
  // Whether the question has all that the prompt asks for, and the answer.
  bool can_ask(const TaskQuestion& question, const PromptTemplate& prompt) const;

  // The question unchanged, in the words of `source`: those of the prompt, or those that word dropout left.
  TaskExample write(const TaskQuestion& question, const PromptTemplate& prompt, const PromptPattern& source) const;

  // Whether the prompt can be asked anonymously: user and item described, not named. Families that need no names always
  // can (for ratings past stars suffice). Any other prompt must ask about a review and show the item's title, not its
  // id.
  static bool may_be_anonymous(const PromptTemplate& prompt);
  // Whether the prompt's text can show the stars that the question's user gave, or that its item got.
  bool shows_user_stars(const TaskQuestion& question, const PromptTemplate& prompt) const;
  bool shows_item_stars(const TaskQuestion& question, const PromptTemplate& prompt) const;
  const RatingHistory& stars() const { return *stars_; }

 private:
  EntityTexts names_of(const TaskQuestion& question, const PromptTemplate& prompt) const;
  EntityTexts texts_of(const TaskQuestion& question, const PromptTemplate& prompt) const;
  std::string user_description(const TaskQuestion& question) const;
  std::string categories(ItemId item) const;

  std::shared_ptr<const Corpus> corpus_;
  std::shared_ptr<const PromptLibrary> prompts_;
  std::shared_ptr<const RatingHistory> stars_;
  std::shared_ptr<const RatingExpectation> expectation_;  // null: not shown
  std::shared_ptr<const AnswerEvidence> answers_;         // null: none
  PromptRenderer renderer_;
  std::size_t profile_ratings_;
  bool never_named_;  // task.anonymous = 1
};

// A writer over the data and options of a run.
std::shared_ptr<const PromptWriter> make_prompt_writer(const TaskData& data, const TaskOptions& options);

}  // namespace p5
