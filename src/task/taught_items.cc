#include "task/taught_items.h"

#include <unordered_map>

namespace p5 {

std::span<const Neighbor> TaughtItems::of(UserId user, std::size_t length) const {
  if (user >= users_.size()) return {};
  const UserLists& lists = users_[user];
  if (length < lists.first || length - lists.first >= lists.lists.size()) return {};
  return lists.lists[length - lists.first];
}

void TaughtItems::teach(UserId user, std::size_t length, std::vector<KnownItem>& known) const {
  const std::span<const Neighbor> taught = of(user, length);
  if (taught.empty()) return;
  std::unordered_map<ItemId, std::size_t> places;
  for (std::size_t i = 0; i < known.size(); ++i) {
    known[i].taught = 0.0f;
    places.emplace(known[i].item, i);
  }
  for (const Neighbor& each : taught) {
    const auto [place, added] = places.emplace(each.item, known.size());
    if (added) known.push_back({.item = each.item});
    known[place->second].taught = each.share;
  }
}

}  // namespace p5
