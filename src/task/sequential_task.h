// Family 2: what comes after a history. Data: users with at least two training items. Thread-safe: all const.
#pragma once

#include <memory>

#include "task/ranking_task.h"

namespace p5 {

class SequentialTask final : public RankingTask {
 public:
  SequentialTask(const TaskData& data, const TaskOptions& options, std::shared_ptr<const NegativeSampler> negatives)
      : RankingTask("sequential", data, options, std::move(negatives), 2) {
    if (options.sequential_targets == SequentialTargets::kEach) list_positions();
  }

  std::size_t datum_count() const override {
    return positions_.empty() ? RankingTask::datum_count() : positions_.size();
  }

  // The target is uniform over the training positions that task.sequential_targets allows (never the first), the
  // history is what stands before it, changed by augment_history() where options ask for it. The answer goes on
  // with the training items after the target, up to task.lookahead items.
  TaskExample sample(std::size_t index, Rng& rng) const override;

 private:
  struct Position {
    std::size_t user;   // index of the room's users
    std::size_t place;  // in the user's training items, from 1
  };
  void list_positions();
  Position draw_position(std::size_t index, Rng& rng) const;

  std::vector<Position> positions_;  // with SequentialTargets::kEach: the data
};

}  // namespace p5
