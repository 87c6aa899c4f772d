#include "corpus/catalog_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "corpus/arranged_corpus.h"

namespace p5 {
namespace {

// Numbers of the corpus's users in a run; `next` becomes the number after the last.
std::vector<std::uint32_t> numbers_of_users(const KeyList& known, const Corpus& corpus, std::size_t& next) {
  constexpr std::uint32_t kUnset = 0xffffffffu;
  std::vector<std::uint32_t> numbers(corpus.user_count(), kUnset);
  next = known.size();
  for (std::size_t number = 0; number < known.size(); ++number) {
    const bool same = number < corpus.user_count() && corpus.user_key(static_cast<UserId>(number)) == known[number];
    const auto user = same ? std::optional(static_cast<UserId>(number)) : corpus.find_user(known[number]);
    if (user) numbers[*user] = static_cast<std::uint32_t>(number);
  }
  for (std::uint32_t& number : numbers) {
    if (number == kUnset) number = static_cast<std::uint32_t>(next++);
  }
  return numbers;
}

}  // namespace

CatalogMap::CatalogMap(const KnownKeys& known, const Corpus& corpus) : known_items_(known.items.size()) {
  match_items(known.items, corpus.catalog());
  match_users(known.users, corpus);
}

void CatalogMap::match_items(const KeyList& known, const ItemCatalog& catalog) {
  std::vector<ItemId> order;
  std::vector<bool> taken(catalog.size());
  bool own_order = true;
  for (std::size_t number = 0; number < known.size(); ++number) {
    const bool same = number < catalog.size() && catalog.key(static_cast<ItemId>(number)) == known[number];
    const auto item = same ? std::optional(static_cast<ItemId>(number)) : catalog.find(known[number]);
    if (!item) {
      missing_items_.emplace_back(known[number]);
      continue;
    }
    own_order = own_order && same;
    taken[*item] = true;
    order.push_back(*item);
  }
  for (ItemId item = 0; item < catalog.size(); ++item) {
    if (taken[item]) continue;
    new_items_.emplace_back(catalog.key(item));
    order.push_back(item);
  }
  if (!own_order) order_ = std::move(order);
}

void CatalogMap::match_users(const KeyList& known, const Corpus& corpus) {
  std::size_t all = 0;
  std::vector<std::uint32_t> numbers = numbers_of_users(known, corpus, all);
  new_users_ = all - known.size();
  bool own = true;
  for (UserId user = 0; user < numbers.size(); ++user) own = own && numbers[user] == user;
  if (!own) user_numbers_ = std::make_shared<const std::vector<std::uint32_t>>(std::move(numbers));
}

std::string CatalogMap::summary() const {
  const std::size_t now = known_items_ - missing_items_.size() + new_items_.size();
  std::string text = fmt::format("{} items in training, {} now", known_items_, now);
  std::string differences;
  const auto add = [&](const char* what, const std::vector<std::string>& keys) {
    if (!keys.empty()) differences += fmt::format("{}{}: {}", differences.empty() ? "" : "; ", what, some_of(keys));
  };
  add("gone", missing_items_);
  add("new", new_items_);
  return differences.empty() ? text : text + " (" + differences + ")";
}

std::shared_ptr<const Corpus> CatalogMap::arrange(std::shared_ptr<const Corpus> corpus) const {
  assert(missing_items_.empty());
  return order_.empty() ? std::move(corpus) : arrange_items(std::move(corpus), order_);
}

KnownKeys extended(const KnownKeys& known, const Corpus& corpus) {
  KnownKeys keys = known;
  for (std::size_t item = known.items.size(); item < corpus.items_with_events(); ++item) {
    keys.items.add(corpus.catalog().key(static_cast<ItemId>(item)));
  }
  std::size_t all = 0;
  const std::vector<std::uint32_t> numbers = numbers_of_users(known.users, corpus, all);
  for (UserId user = 0; user < numbers.size(); ++user) {
    if (numbers[user] >= known.users.size()) keys.users.add(corpus.user_key(user));  // in the order of their numbers
  }
  return keys;
}

std::string some_of(const std::vector<std::string>& keys) {
  constexpr std::size_t kShown = 5;
  const std::size_t shown = keys.size() <= kShown + 1 ? keys.size() : kShown;
  std::string text =
      fmt::format("{}", fmt::join(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  return shown == keys.size() ? text : text + fmt::format(" and {} more", keys.size() - shown);
}

}  // namespace p5
