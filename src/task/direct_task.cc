#include "task/direct_task.h"

namespace p5 {

TaskExample DirectTask::sample(std::size_t index, Rng& rng) const {
  const UserId user = user_of(index);
  const auto items = train_items(user);
  const ItemId target = items[rng.below(items.size())];
  const PromptTemplate& prompt = draw_prompt(rng);
  return finish(prompt, {.user = user, .item = target}, rng);
}

}  // namespace p5
