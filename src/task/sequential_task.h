// Family 2: what comes after a history. Data: users with at least two training items. Thread-safe: all const.
#pragma once

#include <memory>

#include "task/ranking_task.h"

namespace p5 {

class SequentialTask final : public RankingTask {
 public:
  SequentialTask(const TaskData& data, const TaskOptions& options, std::shared_ptr<const NegativeSampler> negatives)
      : RankingTask("sequential", data, options, std::move(negatives), 2) {}

  // The target is uniform over the training positions that task.sequential_targets allows (never the first), the
  // history is what stands before it, from a random start when task.random_start asks for it. The answer goes on
  // with the training items after the target, up to task.lookahead items.
  TaskExample sample(std::size_t index, Rng& rng) const override;
};

}  // namespace p5
