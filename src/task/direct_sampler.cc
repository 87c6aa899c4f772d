#include "task/direct_sampler.h"

namespace p5 {

TaskExample DirectSampler::sample(std::size_t index, Rng& rng) const {
  const UserId user = questions_.user_of(index);
  const auto items = questions_.train_items(user);
  const ItemId target = items[rng.below(items.size())];
  const PromptTemplate& prompt = questions_.prompts().draw(rng);
  return questions_.write({.user = user, .item = target}, prompt, rng);
}

}  // namespace p5
