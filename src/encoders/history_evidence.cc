#include "encoders/history_evidence.h"

#include <algorithm>

namespace p5 {

std::vector<EvidenceEntry> HistoryEvidence::of(std::span<const ItemId> history, UserId own) const {
  std::vector<EvidenceEntry> entries;
  for (const Neighbor& neighbor : neighbors_->of(history, own)) {
    entries.push_back({neighbor.item, neighbors_->feature(neighbor.share), neighbor.share, -1});
  }
  const std::size_t aged = std::min(history.size(), static_cast<std::size_t>(ages_));
  for (std::size_t age = 0; age < aged; ++age) {
    const ItemId item = history[history.size() - 1 - age];
    if (item < item_count_) entries.push_back({item, 0.0f, 0.0f, static_cast<std::int16_t>(age)});
  }
  // Of an item's entries that of its neighbor comes first, then the youngest.
  std::stable_sort(entries.begin(), entries.end(),
                   [](const EvidenceEntry& a, const EvidenceEntry& b) { return a.item < b.item; });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (kept > 0 && entries[kept - 1].item == entries[i].item) {
      if (entries[kept - 1].age < 0) entries[kept - 1].age = entries[i].age;
      continue;
    }
    entries[kept++] = entries[i];
  }
  entries.resize(kept);
  return entries;
}

}  // namespace p5
