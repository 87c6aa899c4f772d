// What comes after a history. Indices: users with at least two training items, or with SequentialTargets::kEach their
// training positions after the first. Thread-safe: all const.
#pragma once

#include <string>
#include <vector>

#include "task/ranking_questions.h"
#include "task/training_sampler.h"

namespace p5 {

class SequentialSampler final : public TrainingSampler {
 public:
  SequentialSampler(std::string family, const SamplerInputs& inputs);

  const std::string& family() const override { return questions_.prompts().family(); }
  std::size_t size() const override { return positions_.empty() ? questions_.user_count() : positions_.size(); }
  std::optional<UserId> user_of(std::size_t index) const override {
    return questions_.user_of(positions_.empty() ? index : positions_[index].user);
  }
  std::optional<std::size_t> place_of(std::size_t index) const override {
    return positions_.empty() ? std::nullopt : std::optional(positions_[index].index);
  }

  // The target is uniform over the training positions that task.sequential_targets allows (never the first). The
  // history is what comes before it, changed by augment_history() where options ask for it. The answer continues with
  // the training items after the target, up to task.target_items items.
  TaskExample sample(std::size_t index, Rng& rng) const override;

 private:
  struct Position {
    std::size_t user;   // index into the questions' users
    std::size_t index;  // in the user's training items, from 1
  };
  void list_positions();
  Position draw_position(std::size_t index, Rng& rng) const;

  RankingQuestions questions_;
  TaskOptions options_;
  std::vector<Position> positions_;  // with SequentialTargets::kEach
};

}  // namespace p5
