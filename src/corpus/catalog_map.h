// Matches the items and users of a corpus, by key, with those that a run was trained on. A corpus that only gained some
// can be used with the run: its old items keep their numbers, new ones follow. Immutable; thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "corpus/known_keys.h"

namespace p5 {

class CatalogMap {
 public:
  CatalogMap(const KnownKeys& known, const Corpus& corpus);

  // Keys of items that only one of the two has.
  const std::vector<std::string>& missing_items() const { return missing_items_; }
  const std::vector<std::string>& new_items() const { return new_items_; }
  std::size_t new_users() const { return new_users_; }
  // "148 items in training, 149 now (new: NEU-1)"
  std::string summary() const;

  // The corpus with its items in the run's order, new ones after them; the corpus itself where that is its order.
  // REQUIRES that no item is missing.
  std::shared_ptr<const Corpus> arrange(std::shared_ptr<const Corpus> corpus) const;
  // [corpus's users] the run's number of each: new users follow the known ones. Null where it is the corpus's own.
  const std::shared_ptr<const std::vector<std::uint32_t>>& user_numbers() const { return user_numbers_; }

 private:
  void match_items(const KeyList& known, const ItemCatalog& catalog);
  void match_users(const KeyList& known, const Corpus& corpus);

  std::size_t known_items_ = 0;
  std::vector<ItemId> order_;  // the corpus's number of each item; empty: its own order
  std::vector<std::string> missing_items_, new_items_;
  std::size_t new_users_ = 0;
  std::shared_ptr<const std::vector<std::uint32_t>> user_numbers_;
};

// The keys of `known`, and after them those of the items with events and the users that `corpus` has in addition.
// REQUIRES a corpus in the order of `known` (CatalogMap::arrange()).
KnownKeys extended(const KnownKeys& known, const Corpus& corpus);

// "A, B, C and 4 more"
std::string some_of(const std::vector<std::string>& keys);

}  // namespace p5
