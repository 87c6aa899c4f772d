#include "retrieval/user_item_sets.h"

#include <algorithm>
#include <string>

#include "p5/error.h"

namespace p5 {

void require_histories(const Split& split, std::string_view what) {
  if (split.is_sequential()) return;
  throw usage_error(std::string(what) + " needs histories",
                    {.expected = "a split that cuts each user's time line", .got = "split '" + split.name() + "'"});
}

UserItemSets::UserItemSets(const Split& split, std::string_view what) {
  require_histories(split, what);
  const Corpus& corpus = split.corpus();
  item_begins_.assign(corpus.item_count() + 1, 0);
  for (UserId user = 0; user < corpus.user_count(); ++user) {
    const auto train = split.train_items(user);
    items_.insert(items_.end(), train.begin(), train.end());
    const auto first = items_.begin() + static_cast<std::ptrdiff_t>(user_begins_.back());
    std::sort(first, items_.end());
    items_.erase(std::unique(first, items_.end()), items_.end());
    user_begins_.push_back(items_.size());
  }
  for (const ItemId item : items_) ++item_begins_[item + 1];
  for (std::size_t item = 0; item < item_count(); ++item) item_begins_[item + 1] += item_begins_[item];
  users_.resize(items_.size());
  std::vector<std::uint64_t> next(item_begins_.begin(), item_begins_.end() - 1);
  for (UserId user = 0; user < user_count(); ++user) {
    for (const ItemId item : items_of(user)) users_[next[item]++] = user;
  }
}

bool UserItemSets::has(UserId user, ItemId item) const {
  const auto items = items_of(user);
  return std::binary_search(items.begin(), items.end(), item);
}

}  // namespace p5
