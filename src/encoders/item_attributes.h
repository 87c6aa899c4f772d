// The attributes of items as numbers: brand, categories and other words that the item table has. A plain value.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "corpus/corpus.h"

namespace p5 {

struct ItemAttributes {
  std::uint32_t count = 0;            // distinct attributes
  std::vector<std::uint64_t> begins;  // [items + 1]; empty: no attributes
  std::vector<std::uint32_t> values;  // of all items, ascending within one
  // [count] hashes of the attributes' texts, by which a later training finds them; empty where they are not known.
  std::vector<std::uint64_t> names = {};
  std::vector<std::uint32_t> fields = {};  // [count] the field of each, numbered from 0; not kept with trained encoders

  bool empty() const { return values.empty(); }
  std::span<const std::uint32_t> of(ItemId item) const {
    return std::span(values).subspan(begins[item], begins[item + 1] - begins[item]);
  }
};

// Brand, categories, and each attribute that is a word or a list of words; numbers are left out, and so is what only
// one item has: it would tell no more than the item itself. Attributes are numbered by their first appearance. Of the
// first `items` of the catalogue alone.
ItemAttributes read_item_attributes(const ItemCatalog& catalog, std::size_t items);

}  // namespace p5
