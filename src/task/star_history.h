// The stars that a user gave and that an item got, as words of a prompt: "5 4 5". Only training interactions before the
// one that is asked about, so that no answer shows in its own question, neither at once nor as a gap in a sum.
// Thread-safe: all const.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "corpus/split.h"

namespace p5 {

class StarHistory {
 public:
  explicit StarHistory(const Split& split);

  // The latest `most` stars that `user` gave before turning to `item` (all, where the two never met), from old to new,
  // between spaces; empty when there are none.
  std::string given(UserId user, std::optional<ItemId> item, std::size_t most) const;
  // The latest `most` stars that `item` got from others before `user` turned to it. Of a corpus without times nothing
  // is known to be earlier: empty, then.
  std::string received(ItemId item, std::optional<UserId> user, std::size_t most) const;

 private:
  bool shows(std::size_t interaction) const;  // of the training part, and rated
  // Where the two first met.
  std::optional<std::size_t> meeting(std::optional<UserId> user, std::optional<ItemId> item) const;

  std::shared_ptr<const Corpus> corpus_;
  std::vector<Part> marks_;
  // Shown interactions of item i, from old to new: of_items_[first_of_item_[i]] up to first_of_item_[i + 1].
  std::vector<std::size_t> first_of_item_, of_items_;
};

}  // namespace p5
