#include "corpus/negatives.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "base/rng.h"

namespace p5 {
namespace {

// Marks the items taken for one user. Moving to the next user needs no clearing.
class TakenItems {
 public:
  explicit TakenItems(std::size_t items) : mark_(items, 0) {}
  void begin_user() { ++user_; }
  bool take(ItemId item) {  // whether it was free
    if (mark_[item] == user_) return false;
    mark_[item] = user_;
    return true;
  }

 private:
  std::vector<std::uint32_t> mark_;
  std::uint32_t user_ = 0;
};

// Draws until the item is free: fast while most items are free.
void draw_sparse(Rng& rng, TakenItems& taken, std::size_t items, std::span<ItemId> row) {
  for (ItemId& item : row) {
    do {
      item = static_cast<ItemId>(rng.below(items));
    } while (!taken.take(item));
  }
}

// Lists the free items and shuffles the head of the list (Fisher and Yates).
void draw_dense(Rng& rng, TakenItems& taken, std::size_t items, std::span<ItemId> row) {
  std::vector<ItemId> free;
  for (ItemId item = 0; item < items; ++item) {
    if (taken.take(item)) free.push_back(item);
  }
  for (std::size_t i = 0; i < row.size() && i < free.size(); ++i) {
    std::swap(free[i], free[i + rng.below(free.size() - i)]);
    row[i] = free[i];
  }
}

}  // namespace

std::span<const ItemId> NegativeSamples::of(UserId user) const {
  const auto row = std::span(items).subspan(user * count, count);
  return row.first(static_cast<std::size_t>(std::find(row.begin(), row.end(), kNone) - row.begin()));
}

std::string NegativeSamples::sha256() const {
  const std::uint64_t columns = count;
  return Sha256().update(std::as_bytes(std::span(&columns, 1))).update(std::as_bytes(std::span(items))).hex();
}

NegativeSamples draw_negatives(const Corpus& corpus, std::size_t count, std::uint64_t seed) {
  const std::size_t items = corpus.items_with_events();
  NegativeSamples samples;
  samples.count = std::min(count, items);
  samples.items.assign(corpus.user_count() * samples.count, NegativeSamples::kNone);
  TakenItems taken(items);
  for (UserId user = 0; user < corpus.user_count(); ++user) {
    taken.begin_user();
    std::size_t seen = 0;
    for (const ItemId item : corpus.items_of(user)) seen += taken.take(item) ? 1 : 0;
    Rng rng(seed, fmt::format("negatives of {}", corpus.user_key(user)));
    const auto row = std::span(samples.items).subspan(user * samples.count, samples.count);
    const bool sparse = (seen + samples.count) * 2 <= items;
    (sparse ? draw_sparse : draw_dense)(rng, taken, items, row);
  }
  return samples;
}

}  // namespace p5
