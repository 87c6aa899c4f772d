#include "encoders/history_evidence.h"

#include <algorithm>

namespace p5 {
namespace {

TokenId token_of(ItemId item) { return static_cast<TokenId>(item) + 1; }

}  // namespace

std::vector<KnownToken> HistoryEvidence::of(std::span<const ItemId> history, UserId own) const {
  std::vector<KnownToken> entries;
  for (const Neighbor& neighbor : neighbors_->of(history, own)) {
    if (neighbor.item >= item_count_) continue;  // the corpus gained it after training
    entries.push_back(
        {.token = token_of(neighbor.item), .feature = neighbors_->feature(neighbor.share), .share = neighbor.share});
  }
  const std::size_t aged = std::min(history.size(), static_cast<std::size_t>(ages_));
  for (std::size_t age = 0; age < aged; ++age) {
    const ItemId item = history[history.size() - 1 - age];
    if (item < item_count_) entries.push_back({.token = token_of(item), .age = static_cast<std::int16_t>(age)});
  }
  // Of an item's entries that of its neighbor comes first, then the youngest.
  std::stable_sort(entries.begin(), entries.end(),
                   [](const KnownToken& a, const KnownToken& b) { return a.token < b.token; });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (kept > 0 && entries[kept - 1].token == entries[i].token) {
      if (entries[kept - 1].age < 0) entries[kept - 1].age = entries[i].age;
      continue;
    }
    entries[kept++] = entries[i];
  }
  entries.resize(kept);
  return entries;
}

}  // namespace p5
