#include "task/sequential_sampler.h"

#include <algorithm>

#include "task/history_augmentation.h"

namespace p5 {

SequentialSampler::SequentialSampler(std::string family, const SamplerInputs& inputs)
    : questions_(std::move(family), inputs, 2), options_(inputs.options) {
  if (options_.sequential_targets == SequentialTargets::kEach) list_positions();
}

void SequentialSampler::list_positions() {
  for (std::size_t user = 0; user < questions_.user_count(); ++user) {
    const std::size_t count = questions_.train_items(questions_.user_of(user)).size();
    for (std::size_t index = 1; index < count; ++index) positions_.push_back({user, index});
  }
}

SequentialSampler::Position SequentialSampler::draw_position(std::size_t index, Rng& rng) const {
  if (!positions_.empty()) return positions_[index];
  const std::size_t count = questions_.train_items(questions_.user_of(index)).size();
  const bool last_three = options_.sequential_targets == SequentialTargets::kLastThree;
  const std::size_t lowest = last_three && count > 3 ? count - 3 : 1;
  return {index, lowest + rng.below(count - lowest)};
}

TaskExample SequentialSampler::sample(std::size_t index, Rng& rng) const {
  const auto [user_index, position] = draw_position(index, rng);
  const UserId user = questions_.user_of(user_index);
  const auto items = questions_.train_items(user);
  const auto history = augment_history(items.first(position), options_, rng);
  const PromptTemplate& prompt = questions_.prompts().draw(rng);
  TaskExample example = questions_.write({.user = user, .item = items[position], .history = history}, prompt, rng);
  std::size_t repeated = 0;
  if (prompt.task == PromptTask::kNextItem) {
    repeated = std::min(static_cast<std::size_t>(options_.repeat_items), position);
    RenderedText given;
    for (const ItemId item : items.first(position).last(repeated)) {
      given.push_back({.kind = Mention::Kind::kItem, .id = item});
    }
    example.target.insert(example.target.begin(), given.begin(), given.end());
    const std::size_t more =
        std::min<std::size_t>(static_cast<std::size_t>(options_.target_items), items.size() - position);
    for (const ItemId item : items.subspan(position, more).subspan(1)) {
      example.target.push_back({.kind = Mention::Kind::kItem, .id = item});
    }
  }
  if (prompt.task == PromptTask::kNextItem || prompt.task == PromptTask::kChoose) {
    if (!example.place) example.place.emplace();
    example.place->user = user;
    example.place->first = position;
    example.place->given = repeated;
  }
  return example;
}

}  // namespace p5
