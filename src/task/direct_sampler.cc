#include "task/direct_sampler.h"

namespace p5 {

TaskExample DirectSampler::sample(std::size_t index, Rng& rng) const {
  const UserId user = questions_.user_of(index);
  const auto items = questions_.train_items(user);
  const std::size_t position = rng.below(items.size());
  const PromptTemplate& prompt = questions_.prompts().draw(rng);
  TaskExample example =
      questions_.write({.user = user, .item = items[position], .history = items.first(position)}, prompt, rng);
  if (example.place) example.place->first = position;
  return example;
}

}  // namespace p5
