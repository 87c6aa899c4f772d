// The train parts as sets: which items a user has, and which users an item has, each once. Thread-safe once built.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "corpus/split.h"

namespace p5 {

class UserItemSets {
 public:
  // `what` opens the message of InvalidArgument where the split does not cut each user's time line: "user-kNN".
  UserItemSets(const Split& split, std::string_view what);

  std::size_t user_count() const { return user_begins_.size() - 1; }
  std::size_t item_count() const { return item_begins_.size() - 1; }
  // Ascending.
  std::span<const ItemId> items_of(UserId user) const {
    return std::span(items_).subspan(user_begins_[user], user_begins_[user + 1] - user_begins_[user]);
  }
  std::span<const UserId> users_of(ItemId item) const {
    return std::span(users_).subspan(item_begins_[item], item_begins_[item + 1] - item_begins_[item]);
  }
  bool has(UserId user, ItemId item) const;

 private:
  std::vector<std::uint64_t> user_begins_{0}, item_begins_;
  std::vector<ItemId> items_;
  std::vector<UserId> users_;
};

// Throws InvalidArgument where the split does not cut each user's time line.
void require_histories(const Split& split, std::string_view what);

}  // namespace p5
