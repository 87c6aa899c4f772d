// Ids made of private tokens, before and after they are told apart: schemes that group similar items give each item the
// tokens of its groups, and one rule makes ids of them. Thread-safe: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "corpus/corpus.h"
#include "indexing/item_indexer.h"

namespace p5 {

// The tokens of items' groups, from coarse to fine. Items may have the same, or none.
struct ItemCodes {
  std::vector<std::vector<std::uint32_t>> of;  // by place in the order that the scheme was given
  std::vector<std::string> token_names;        // of the tokens, all distinct; none ends in a digit after "item_"
};

// The items with events in an order that depends on their keys, the seed and the scheme alone. Schemes work in this
// order, so that neither the source's order of items nor the log shows in what they draw.
std::vector<ItemId> drawn_order(const IndexInput& input, std::string_view scheme);

// Items whose codes are equal get further digits, tokens that all groups share: one for groups of up to `base` items,
// more for larger ones; an item alone in its group gets none, unless a longer path begins with its own. So no path is
// another's beginning. Item order[i] has codes.of[i] and is called first_number + i in prompts.
struct SpelledCodes {
  const std::vector<ItemId>& order;
  ItemCodes codes;
  std::int64_t first_number = 1001;
};
BuiltIndex spell_with_digits(std::string scheme, SpelledCodes spelled, std::size_t base, const IndexInput& input);

// The codes and after them a private token of the item alone.
BuiltIndex spell_with_own_tokens(std::string scheme, SpelledCodes spelled, const IndexInput& input);

}  // namespace p5
