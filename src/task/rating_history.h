// The stars that a user gave and that an item got, as words of a prompt: "5 4 5". Training interactions alone, and
// never those of the user and the item that are asked about, so that no question shows its own answer. In training a
// question shows some of them in random order (`rng`): were the list fixed except for the hidden rating, a model could
// memorise it and read the answer off the gap. The interactions are sorted when first asked for. Thread-safe.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/rng.h"
#include "corpus/rating_scale.h"
#include "corpus/split.h"

namespace p5 {

class RatingHistory {
 public:
  explicit RatingHistory(std::shared_ptr<const Split> split, const RatingScale& scale = {})
      : split_(std::move(split)), scale_(scale) {}

  // At most `limit` stars that `user` gave to other items than `item`, separated by spaces: the latest from old to new,
  // or with `rng` any, in any order. Empty when there are none.
  std::string given(UserId user, std::optional<ItemId> item, std::size_t limit, Rng* rng = nullptr) const;
  // The latest of both: of those that the corpus has, then of `later` ones, from old to new.
  std::string given(UserId user, std::optional<ItemId> item, std::size_t limit, std::span<const double> later) const;
  // The same of the stars that `item` got from others than `user`.
  std::string received(ItemId item, std::optional<UserId> user, std::size_t limit, Rng* rng = nullptr) const;

 private:
  // Interactions of the training part that have stars, those of each key from old to new.
  class Index {
   public:
    Index() = default;
    Index(const Split& split, std::span<const std::uint32_t> keys, std::size_t key_count);
    std::span<const std::size_t> of(std::uint32_t key) const {
      return std::span(interactions_).subspan(first_[key], first_[key + 1] - first_[key]);
    }

   private:
    std::vector<std::size_t> first_, interactions_;
  };
  void sort_once() const;
  std::string in_words(const std::vector<std::size_t>& interactions) const;

  std::shared_ptr<const Split> split_;
  RatingScale scale_;
  mutable std::once_flag sorted_;
  mutable Index of_users_, of_items_;
};

}  // namespace p5
