#include "task/sequential_task.h"

#include <algorithm>

#include "task/history_augmentation.h"

namespace p5 {

void SequentialTask::list_positions() {
  for (std::size_t user = 0; user < RankingTask::datum_count(); ++user) {
    const std::size_t count = train_items(user_of(user)).size();
    for (std::size_t place = 1; place < count; ++place) positions_.push_back({user, place});
  }
}

SequentialTask::Position SequentialTask::draw_position(std::size_t index, Rng& rng) const {
  if (!positions_.empty()) return positions_[index];
  const std::size_t count = train_items(user_of(index)).size();
  const bool last_three = options().sequential_targets == SequentialTargets::kLastThree;
  const std::size_t lowest = last_three && count > 3 ? count - 3 : 1;
  return {index, lowest + rng.below(count - lowest)};
}

TaskExample SequentialTask::sample(std::size_t index, Rng& rng) const {
  const auto [user_index, position] = draw_position(index, rng);
  const UserId user = user_of(user_index);
  const auto items = train_items(user);
  const auto history = augment_history(items.first(position), options(), rng);
  const PromptTemplate& prompt = draw_prompt(rng);
  TaskExample example = finish(prompt, {.user = user, .item = items[position], .history = history}, rng);
  if (prompt.task == PromptTask::kNextItem) {
    if (options().echo) {
      example.target.insert(example.target.begin(), {.kind = Mention::Kind::kItem, .id = items[position - 1]});
    }
    const std::size_t more =
        std::min<std::size_t>(static_cast<std::size_t>(options().lookahead), items.size() - position);
    for (const ItemId item : items.subspan(position, more).subspan(1)) {
      example.target.push_back({.kind = Mention::Kind::kItem, .id = item});
    }
  }
  return example;
}

}  // namespace p5
