#include "task/known_items.h"

#include <algorithm>

namespace p5 {

std::vector<KnownItem> known_items(std::span<const Neighbor> neighbors, std::span<const ItemId> history,
                                   std::int64_t ages) {
  std::vector<KnownItem> known;
  for (const Neighbor& neighbor : neighbors) known.push_back({.item = neighbor.item, .share = neighbor.share});
  const std::size_t aged = std::min(history.size(), static_cast<std::size_t>(ages));
  for (std::size_t age = 0; age < aged; ++age) {
    const ItemId item = history[history.size() - 1 - age];
    auto found = std::ranges::find(known, item, &KnownItem::item);
    if (found == known.end()) found = known.insert(known.end(), {.item = item});
    if (found->age == KnownItem::kNotInHistory) found->age = static_cast<std::int16_t>(age);
  }
  return known;
}

EvidenceScale scale_of(const EvidenceOptions& options) {
  // A gate that begins at 0 says nothing about how weights of items add up.
  return {.floor = options.floor, .gate = options.gate > 0 ? options.gate : 1.0};
}

}  // namespace p5
