// A condition on items, such as `category=Guitars price<50 brand!=Fender`, over what a catalogue knows of them.
//
//   condition   = all { "or" all }
//   all         = one { [ "and" | "," ] one }
//   one         = [ "not" ] ( comparison | "(" condition ")" )
//   comparison  = field ( "=" | "!=" | "<" | "<=" | ">" | ">=" | "~" | "!~" ) value
//
// Fields: item (its key), title, brand, description, category (any of an item's), price, and the names of attributes.
// Values with blanks, commas or parentheses stand in '...' or "...". "=" compares whole texts and "~" looks for a part,
// both without regard to the case of ASCII letters; of a list any entry will do. "<" and its like compare numbers. An
// item that lacks a field fits no comparison with it except "!=" and "!~", which are the opposites of "=" and "~".
// Thread-safe: all const.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "corpus/corpus.h"

namespace p5 {

class ItemFilter {
 public:
  // Throws InvalidArgument (request) that names the column, from 1, and what was expected there.
  static ItemFilter parse(std::string_view text);

  // The items that fit, ascending. Throws InvalidArgument (request) for a field that no item of the catalogue has.
  std::vector<ItemId> select(const ItemCatalog& catalog) const;

  struct Node;  // of the tree of conditions; retrieval/item_filter.cc

 private:
  explicit ItemFilter(std::shared_ptr<const Node> root) : root_(std::move(root)) {}

  std::shared_ptr<const Node> root_;
};

}  // namespace p5
