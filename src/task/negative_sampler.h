// Items with events that a user never touched, drawn uniformly: the whole history counts, validation and test included
// as P5 draws them. Immutable; thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/rng.h"
#include "corpus/split.h"

namespace p5 {

class NegativeSampler {
 public:
  explicit NegativeSampler(const Corpus& corpus);
  // The same without the items that the split hides from training.
  explicit NegativeSampler(const Split& split);

  bool has(UserId user, ItemId item) const;  // whether the item is in the user's history, or hidden
  // Nothing when the user has touched every item.
  std::optional<ItemId> draw(UserId user, Rng& rng) const;
  // `count` distinct items in random order, or all untouched items if there are fewer.
  std::vector<ItemId> draw(UserId user, std::size_t count, Rng& rng) const;

 private:
  std::size_t available(UserId user) const { return item_count_ - (begins_[user + 1] - begins_[user]); }
  std::vector<ItemId> untouched(UserId user) const;

  std::size_t item_count_;
  std::vector<std::size_t> begins_;  // [users + 1] into items_
  std::vector<ItemId> items_;  // what is drawn for no user: each user's items and hidden ones, ascending, each once
};

}  // namespace p5
