// A tree of the catalogue's categories (SemID of Hua et al. 2023): an item's categories from the one that most items
// have to the one that fewest have, which in a tree is the way from the root down. Where the catalogue has no
// categories, brands and other labels take their place; items without any share the token "other". Looks at no event.
// Thread-safe: all const.
#pragma once

#include "indexing/coded_indexer.h"

namespace p5 {

class CategoryIndexer final : public CodedIndexer {
 public:
  using CodedIndexer::CodedIndexer;
  std::string_view scheme() const override { return "category"; }
  // Throws InvalidArgument where no item has a category or label.
  ItemCodes codes(const IndexInput& input, const std::vector<ItemId>& order) const override;
};

}  // namespace p5
