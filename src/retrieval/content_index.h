// Which items of a catalogue have which words and labels, to find those that read like an item of this or of another
// catalogue: the formula of content_rows.h. Thread-safe: all const.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "retrieval/content_rows.h"
#include "retrieval/sparse_rows.h"

namespace p5 {

class ContentIndex {
 public:
  // Throws InvalidArgument where no item has any text or label.
  ContentIndex(const ItemCatalog& catalog, const ContentOptions& options);

  // Cosines to the items of the index that share a feature, ascending by item. `catalog` may be another one than the
  // index was made of; features that the index does not have are passed over. `sums` [items of the index].
  std::vector<ItemWeight> items_like(const ItemCatalog& catalog, ItemId item, RowSums& sums) const;

  // [features] items that have a feature, with its weight in each: rows of items have length 1.
  const SparseRows& holders() const { return holders_; }

 private:
  std::vector<ItemWeight> weighed(std::vector<ItemWeight> features) const;

  ContentOptions options_;
  std::unordered_map<std::string, std::uint32_t> numbers_;  // of features
  std::vector<double> idf_;                                 // [features]; 0 for what most items have
  SparseRows holders_;
};

// Whether any item has a text or label that most others have not.
bool have_content(const ItemCatalog& catalog, const ContentOptions& options);

}  // namespace p5
