// What the families that ask for an item share: users with training items, candidates, and the questions of validation
// and test. Thread-safe: all const.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "task/negative_sampler.h"
#include "task/prompted_task.h"

namespace p5 {

class RankingTask : public PromptedTask {
 public:
  std::size_t datum_count() const override { return users_.size(); }

  // The validation or test question of a user: the history without or with the validation item, and the target.
  // `candidates` are for prompts that choose and must hold the target; a yes-no prompt asks about the target. Throws
  // NotFound for a user without a target in `part`. REQUIRES part != kTrain.
  TaskExample evaluation_example(UserId user, Part part, std::string_view prompt_id,
                                 std::span<const ItemId> candidates = {}) const;

 protected:
  // Data: users with at least `train_items` of them. Throws InvalidArgument when the split does not cut time lines.
  RankingTask(std::string family, const TaskData& data, const TaskOptions& options,
              std::shared_ptr<const NegativeSampler> negatives, std::size_t train_items);

  UserId user_of(std::size_t index) const { return users_[index]; }
  std::span<const ItemId> train_items(UserId user) const { return split_->train_items(user); }
  // Draws what the prompt needs beside user, history and target (question.item), and writes the example. Choose: target
  // and negatives, shuffled. Yes/no: half of the draws ask about the target, the others about an item that the user
  // never touched; a user who touched everything is only asked about targets.
  TaskExample finish(const PromptTemplate& prompt, TaskQuestion question, Rng& rng) const;

 private:
  std::shared_ptr<const Split> split_;
  std::shared_ptr<const NegativeSampler> negatives_;
  std::vector<UserId> users_;
};

}  // namespace p5
