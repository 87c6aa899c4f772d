// An index with more items, for a model that is trained further: the ids of the known items stay, so that their tokens
// keep their meaning. Thread-safe: a free function.
#pragma once

#include <cstddef>

#include "indexing/item_index.h"
#include "indexing/item_indexer.h"
#include "text/vocabulary.h"

namespace p5 {

// The index of a run with its `vocabulary`, and ids for items up to `item_count`, numbered on from the largest number.
// Where items have private tokens, so have the new ones, after those of the known items; else ids are text. The
// result's id_tokens are those of all items. Throws InvalidArgument where a number cannot be written.
BuiltIndex extend_index(const ItemIndex& index, std::size_t item_count, const Vocabulary& vocabulary);

}  // namespace p5
