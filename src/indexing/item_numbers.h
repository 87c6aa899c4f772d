// What the schemes share: an order of the items that owes nothing to the log, and ids that are numbers spelled as text.
// Thread-safe: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "corpus/corpus.h"
#include "indexing/item_indexer.h"

namespace p5 {

// All items in byte order of their keys: how a source happens to list its items changes nothing.
std::vector<ItemId> items_by_key(const ItemCatalog& catalog);

// What people see in prompts: "item_42".
std::string item_name(std::int64_t number);

// Numbers first_number, first_number + 1, ... in `order`, and as path of each item the pieces of its name. Throws
// InvalidArgument when the tokenizer cannot spell a number or spells two alike.
BuiltIndex spell_numbers(std::string scheme, const std::vector<ItemId>& order, std::int64_t first_number,
                         const Tokenizer& tokenizer);

}  // namespace p5
