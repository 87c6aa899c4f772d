#include "task/negative_sampler.h"

#include <algorithm>
#include <span>

namespace p5 {

NegativeSampler::NegativeSampler(const Corpus& corpus) : item_count_(corpus.items_with_events()) {
  begins_.reserve(corpus.user_count() + 1);
  items_.reserve(corpus.interaction_count());
  begins_.push_back(0);
  for (UserId user = 0; user < corpus.user_count(); ++user) {
    const auto history = corpus.items_of(user);
    const auto begin = items_.insert(items_.end(), history.begin(), history.end());
    std::sort(begin, items_.end());
    items_.erase(std::unique(begin, items_.end()), items_.end());
    begins_.push_back(items_.size());
  }
}

NegativeSampler::NegativeSampler(const Split& split) : NegativeSampler(split.corpus()) {
  if (split.hidden_count() == 0) return;
  const NegativeSampler own = *this;
  begins_.assign(1, 0);
  items_.clear();
  for (UserId user = 0; user + 1 < own.begins_.size(); ++user) {
    for (ItemId item = 0; item < item_count_; ++item) {
      if (split.is_hidden(item) || own.has(user, item)) items_.push_back(item);
    }
    begins_.push_back(items_.size());
  }
}

bool NegativeSampler::has(UserId user, ItemId item) const {
  return std::binary_search(items_.begin() + static_cast<std::ptrdiff_t>(begins_[user]),
                            items_.begin() + static_cast<std::ptrdiff_t>(begins_[user + 1]), item);
}

std::vector<ItemId> NegativeSampler::untouched(UserId user) const {
  std::vector<ItemId> items;
  items.reserve(available(user));
  std::size_t next = begins_[user];
  for (ItemId item = 0; item < item_count_; ++item) {
    if (next < begins_[user + 1] && items_[next] == item) {
      ++next;
    } else {
      items.push_back(item);
    }
  }
  return items;
}

std::optional<ItemId> NegativeSampler::draw(UserId user, Rng& rng) const {
  const std::size_t free = available(user);
  if (free == 0) return std::nullopt;
  // The n-th untouched item: touched ones at or below it push it up. A walk over a short history beats rejection,
  // because it always takes one random number.
  auto item = static_cast<ItemId>(rng.below(free));
  for (std::size_t i = begins_[user]; i < begins_[user + 1] && items_[i] <= item; ++i) ++item;
  return item;
}

std::vector<ItemId> NegativeSampler::draw(UserId user, std::size_t count, Rng& rng) const {
  const std::size_t free = available(user);
  std::vector<ItemId> drawn;
  if (count * 2 >= free) {  // rejection would draw too often: shuffle all free items
    drawn = untouched(user);
    rng.shuffle(std::span(drawn));
    drawn.resize(std::min(count, free));
    return drawn;
  }
  drawn.reserve(count + 1);
  while (drawn.size() < count) {
    const auto item = static_cast<ItemId>(rng.below(item_count_));
    if (!has(user, item) && std::find(drawn.begin(), drawn.end(), item) == drawn.end()) drawn.push_back(item);
  }
  return drawn;
}

}  // namespace p5
