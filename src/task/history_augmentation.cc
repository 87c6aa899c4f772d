#include "task/history_augmentation.h"

#include <algorithm>

namespace p5 {

std::vector<ItemId> augment_history(std::span<const ItemId> history, const TaskOptions& options, Rng& rng) {
  // P5 drops up to two of the oldest items; one always stays.
  if (options.random_start && !history.empty()) {
    history = history.subspan(rng.below(std::min<std::size_t>(3, history.size())));
  }
  if (options.crop > 0 && history.size() > 1 && rng.uniform() < options.crop) {
    history = history.subspan(rng.below(history.size()));
  }
  std::vector<ItemId> items(history.begin(), history.end());
  if (options.mask > 0 && items.size() > 1) {
    const auto hidden = [&](ItemId) { return rng.uniform() < options.mask; };
    items.erase(std::remove_if(items.begin(), items.end() - 1, hidden), items.end() - 1);
  }
  if (options.reorder > 0 && items.size() > 2 && rng.uniform() < options.reorder) {
    const std::size_t older = items.size() - 1, longest = std::max<std::size_t>(2, items.size() / 2);
    const std::size_t length = 2 + rng.below(longest - 1), begin = rng.below(older - length + 1);
    rng.shuffle(std::span(items).subspan(begin, length));
  }
  return items;
}

}  // namespace p5
