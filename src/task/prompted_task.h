// What the families share: their prompts, and writing an example of one. Thread-safe: all const.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "explain/explanation_set.h"
#include "prompt/prompt_library.h"
#include "prompt/prompt_renderer.h"
#include "task/rec_task.h"
#include "task/star_history.h"
#include "task/task_options.h"

namespace p5 {

struct TaskData {
  std::shared_ptr<const Split> ranking;  // sequential and direct: a split that cuts each user's time line
  std::shared_ptr<const Split> reviews;  // the others: its train part holds no pair that a ranking asks for
  std::shared_ptr<const PromptLibrary> prompts;
  std::shared_ptr<const ExplanationSet> explanations = {};  // explanation, and families that ask for them; may be null
};

// One question as evaluation and answers ask it; views must live until the call returns.
struct TaskQuestion {
  std::optional<UserId> user = {};              // none: a user the corpus does not know
  std::optional<ItemId> item = {};              // next-item, choose: the answer, if known; else the item asked about
  std::span<const ItemId> history = {};         // from old to new
  std::span<const ItemId> candidates = {};      // distinct; their order does not matter
  std::optional<int> rating = {};               // star: the answer, if known; yes-no: the proposed stars
  std::optional<bool> positive = {};            // yes-no, like-dislike: the answer, if known
  std::string_view review = {}, headline = {};  // what the user wrote about the item
  std::string_view feature = {}, explanation = {};  // explain: the hint; the answer, if known
  std::string_view answered_stars = {};             // the stars of the answer where they are no whole number
  // User and item are described, never named: they are of a corpus that the model was not trained on, or it shall learn
  // to do without their names (task.strangers).
  bool unnamed = false;
};

class PromptedTask : public RecTask {
 public:
  std::string family() const override { return family_; }
  const TaskOptions& options() const { return options_; }

  // Whether prompts like this one are asked here: those of this family, and zero-shot ones that ask for the same.
  bool asks(const PromptTemplate& prompt) const;
  // The question in the words of such a prompt, held out or not; the target stays empty when the answer is
  // not known. Candidates are put in an order of their own (by hash of key and user), so that no permutation of the
  // input changes a rank (pitfall 12). Throws NotFound for an unknown prompt, InvalidArgument for one of another
  // family, for repeated candidates and for a slot without a value.
  TaskExample ask(const TaskQuestion& question, std::string_view prompt_id) const;
  // Whether the question has all that such a prompt asks for, and the answer.
  bool knows_all(const TaskQuestion& question, std::string_view prompt_id) const;

 protected:
  // Throws InvalidArgument when no prompt is left to train on.
  PromptedTask(std::string family, const Split& split, std::shared_ptr<const PromptLibrary> prompts,
               TaskOptions options);

  const PromptTemplate& prompt_of_family(std::string_view id) const;  // errors as of ask()
  const PromptTemplate& draw_prompt(Rng& rng) const { return *trained_[rng.below(trained_.size())]; }
  // The trained prompts whose slots, those of the answer too, all have a value or a fallback.
  std::vector<const PromptTemplate*> answerable_prompts(const TaskQuestion& question) const;
  // For training: some questions are about strangers (task.strangers), and some of a prompt's own words are left out
  // (task.word_dropout).
  TaskExample write(const PromptTemplate& prompt, const TaskQuestion& question, Rng& rng) const;

 private:
  // What the catalogue and the user table add to a question; views live in `texts`.
  struct Texts {
    std::string categories, profile, user_stars, item_stars;
  };
  // Stars are told from stars alone, whatever the prompt. Else one that names the item cannot do without, and one that
  // describes none has only the user's name to go by.
  bool may_be_strangers(const PromptTemplate& prompt) const;
  // `rng`: of training questions, whose star histories are drawn; null: the latest stars.
  TaskExample write(const PromptTemplate& prompt, const PromptPattern& source, const TaskQuestion& question,
                    Rng* rng) const;
  SlotValues values_of(const PromptPattern& source, const TaskQuestion& question, Texts& texts, Rng* rng) const;

  std::string family_;
  std::shared_ptr<const Corpus> corpus_;
  std::shared_ptr<const PromptLibrary> prompts_;
  std::vector<const PromptTemplate*> trained_;
  TaskOptions options_;
  std::optional<StarHistory> stars_;  // with task.profile_stars
  PromptRenderer renderer_;
};

}  // namespace p5
