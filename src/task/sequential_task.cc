#include "task/sequential_task.h"

#include <algorithm>

namespace p5 {

TaskExample SequentialTask::sample(std::size_t index, Rng& rng) const {
  const UserId user = user_of(index);
  const auto items = train_items(user);
  const bool last_three = options().sequential_targets == SequentialTargets::kLastThree;
  const std::size_t lowest = last_three && items.size() > 3 ? items.size() - 3 : 1;
  const std::size_t position = lowest + rng.below(items.size() - lowest);
  // P5 drops up to two of the oldest items; one always stays.
  const std::size_t start = options().random_start ? rng.below(std::min<std::size_t>(3, position)) : 0;
  const PromptTemplate& prompt = draw_prompt(rng);
  TaskExample example =
      finish(prompt, {.user = user, .item = items[position], .history = items.subspan(start, position - start)}, rng);
  if (prompt.task == PromptTask::kNextItem) {
    const std::size_t more =
        std::min<std::size_t>(static_cast<std::size_t>(options().lookahead), items.size() - position);
    for (const ItemId item : items.subspan(position, more).subspan(1)) {
      example.target.push_back({.kind = Mention::Kind::kItem, .id = item});
    }
  }
  return example;
}

}  // namespace p5
