// An index with more items, for a model that is trained further: the ids of the known items stay, so that their tokens
// keep their meaning. Thread-safe: a free function.
#pragma once

#include <vector>

#include "indexing/item_index.h"
#include "indexing/item_indexer.h"
#include "text/vocabulary.h"

namespace p5 {

// What a new item's id may be made of.
struct NewItem {
  static constexpr ItemId kNothing = 0xffffffffu;
  ItemId alike = kNothing;          // the known item that is most like it, if any
  std::vector<TokenId> title = {};  // how its title would be spelled, for ids of titles; may be empty
};

// The index of a run with its `vocabulary`, and ids for `added`, which follow the known items. Names are numbered on
// from the largest number. Where items have private tokens, a new one gets the groups of the item that it is like (all
// of that item's path but the last token) and a private token of its own, after those of the known items; else ids are
// text: the title where that is how items are spelled and no item has it, or the name. The result's id_tokens are those
// of all items. Throws InvalidArgument where a number cannot be written.
BuiltIndex extend_index(const ItemIndex& index, const std::vector<NewItem>& added, const Vocabulary& vocabulary);

}  // namespace p5
