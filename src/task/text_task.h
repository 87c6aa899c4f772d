// Families that ask about one review: explanation, review, and families of the user's own (docs/prompts.md). Data: the
// interactions of the train part of the review split that have what at least one trained prompt asks for and answers.
// Thread-safe: all const.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "explain/explanation_set.h"
#include "task/prompted_task.h"

namespace p5 {

// What the corpus and the explanations (null: none) know of an interaction. The views are theirs.
TaskQuestion question_about(const Corpus& corpus, std::size_t interaction, const ExplanationSet* explanations);

class TextTask : public PromptedTask {
 public:
  TextTask(std::string family, const TaskData& data, const TaskOptions& options);

  std::size_t datum_count() const override { return positions().size(); }
  // The prompt is uniform over the trained ones that this review has all values for.
  TaskExample sample(std::size_t index, Rng& rng) const override;

  // The question about an interaction of any part, with its true answer; the target stays empty where the review has
  // none. Throws as ask() does.
  TaskExample evaluation_example(std::size_t interaction, std::string_view prompt_id) const;

 private:
  TaskQuestion question_of(std::size_t interaction) const {
    return question_about(split_->corpus(), interaction, explanations_.get());
  }
  const std::vector<std::size_t>& positions() const;

  std::shared_ptr<const Split> split_;
  std::shared_ptr<const ExplanationSet> explanations_;  // may be null: no review has one
  mutable std::once_flag listed_;
  mutable std::vector<std::size_t> positions_;  // of the data, in the corpus's columns; listed when first asked for
};

// Family 3: why a user judges an item so. REQUIRES data.explanations, or it has no data.
class ExplanationTask final : public TextTask {
 public:
  ExplanationTask(const TaskData& data, const TaskOptions& options) : TextTask("explanation", data, options) {}
};

// Family 4: headline and stars out of a review.
class ReviewTask final : public TextTask {
 public:
  ReviewTask(const TaskData& data, const TaskOptions& options) : TextTask("review", data, options) {}
};

}  // namespace p5
