#include "task/known_items.h"

#include <cmath>
#include <unordered_map>

namespace p5 {

std::vector<KnownItem> known_items(std::span<const Neighbor> neighbors, std::span<const ItemId> history,
                                   std::int64_t ages) {
  std::vector<KnownItem> known;
  std::unordered_map<ItemId, std::size_t> places;
  for (const Neighbor& neighbor : neighbors) {
    places.emplace(neighbor.item, known.size());
    known.push_back({.item = neighbor.item, .share = neighbor.share});
  }
  for (std::size_t age = 0; age < history.size(); ++age) {
    const ItemId item = history[history.size() - 1 - age];
    const auto [place, added] = places.emplace(item, known.size());
    if (added) known.push_back({.item = item});
    KnownItem& held = known[place->second];
    if (!held.held && age < static_cast<std::size_t>(ages)) held.age = static_cast<std::int16_t>(age);
    held.held = true;
  }
  return known;
}

EvidenceScale scale_of(const NeighborEvidence& evidence) {
  const EvidenceOptions& options = evidence.options();
  // A gate that begins at 0 says nothing about how weights of items add up.
  return {.floor = options.floor,
          .gate = options.gate > 0 ? options.gate : 1.0,
          .repeat = std::exp(first_repeat_logit(evidence.repeats()))};
}

}  // namespace p5
