// A corpus with other numbers for its items: what a model learnt about item 7 must be said of the item with the same
// key, whatever its number in a later corpus. Thread-safe: all const.
#pragma once

#include <memory>
#include <vector>

#include "corpus/corpus.h"

namespace p5 {

// `order` [item_count] holds each item of `corpus` once: item i of the result is item order[i] of the corpus. Users,
// events and their order stay; so does CorpusInfo. Only the column of items is copied.
std::shared_ptr<const Corpus> arrange_items(std::shared_ptr<const Corpus> corpus, std::vector<ItemId> order);

}  // namespace p5
