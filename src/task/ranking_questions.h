// What the families that ask for an item share: users with training items, and the questions about them. Thread-safe:
// all const.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "task/negative_sampler.h"
#include "task/sampler_inputs.h"
#include "task/training_prompts.h"

namespace p5 {

class RankingQuestions {
 public:
  // Keeps the users with at least `train_items` training items. Throws InvalidArgument when the split does not cut time
  // lines; otherwise as TrainingPrompts does.
  RankingQuestions(std::string family, const SamplerInputs& inputs, std::size_t train_items);

  const TrainingPrompts& prompts() const { return prompts_; }
  std::size_t user_count() const { return users_.size(); }
  UserId user_of(std::size_t index) const { return users_[index]; }
  std::span<const ItemId> train_items(UserId user) const { return split_->train_items(user); }
  // Draws what else the prompt needs (question.item) than user, history and target, and writes the example. Choose:
  // target and negatives, shuffled. Yes/no: half of the draws ask about the target, the others about an item that the
  // user never touched; a user who touched everything is only asked about targets. The example's place names user and
  // candidates; the caller knows where the target stands.
  TaskExample write(TaskQuestion question, const PromptTemplate& prompt, Rng& rng) const;

 private:
  TrainingPrompts prompts_;
  std::shared_ptr<const Split> split_;
  std::shared_ptr<const NegativeSampler> negatives_;
  std::size_t candidates_;
  std::vector<UserId> users_;
};

}  // namespace p5
