// Family 5: which item to offer a user, with no history in the text. Data: users with at least one training item.
// Thread-safe: all const.
#pragma once

#include <memory>

#include "task/ranking_task.h"

namespace p5 {

class DirectTask final : public RankingTask {
 public:
  DirectTask(const TaskData& data, const TaskOptions& options, std::shared_ptr<const NegativeSampler> negatives)
      : RankingTask("direct", data, options, std::move(negatives), 1) {}

  // The target is uniform over the user's training items.
  TaskExample sample(std::size_t index, Rng& rng) const override;
};

}  // namespace p5
