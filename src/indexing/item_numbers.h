// Shared by the schemes: an order of the items that does not depend on the log, and ids that are numbers written as
// text. Thread-safe: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "corpus/corpus.h"
#include "indexing/item_indexer.h"

namespace p5 {

// The items with events in byte order of their keys: the order in which a source lists its items changes nothing.
std::vector<ItemId> items_by_key(const Corpus& corpus);

// The item's name in prompts: "item_42".
std::string item_name(std::int64_t number);

// Numbers the items in `order` from first_number on; the path of an item is the pieces of its name. Throws
// InvalidArgument when the tokenizer cannot encode a number or encodes two alike.
BuiltIndex spell_numbers(std::string scheme, const std::vector<ItemId>& order, std::int64_t first_number,
                         const Tokenizer& tokenizer);

}  // namespace p5
