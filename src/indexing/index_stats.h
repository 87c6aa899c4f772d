// What ids look like: tokens of each level, how evenly items are spread over them, how many items a prefix names. For
// people and for comparisons; reads the ids alone. Thread-safe: pure functions.
#pragma once

#include <cstddef>
#include <vector>

#include "corpus/split.h"
#include "indexing/item_index.h"

namespace p5 {

struct LevelStats {
  std::size_t items = 0;        // with a token on this level
  std::size_t tokens = 0;       // different ones
  std::size_t prefixes = 0;     // different paths up to and with this level
  double largest_share = 0;     // of these items, those with the most frequent token
  double balance = 0;           // entropy of the tokens over that of equal shares, 1: even
  double items_per_prefix = 0;  // of these items, on average
};

struct IndexStats {
  std::size_t items = 0, shortest = 0, longest = 0;
  double mean_length = 0;
  std::vector<LevelStats> levels;
  std::size_t trie_nodes = 0;
  double trie_bytes_per_token = 0;  // of the tokens of all ids
};

IndexStats compute_index_stats(const ItemIndex& index);

// How often two items share the first `depth` tokens of their ids.
struct PrefixSharing {
  std::size_t depth = 1;
  double neighbors = 0;  // items next to each other in train parts, as a share of such pairs
  double chance = 0;     // two items drawn at random
};
// For each depth up to that of the longest id but one.
std::vector<PrefixSharing> prefix_sharing(const ItemIndex& index, const Split& split);

// Of the pairs of items with the same first token in `one`, the share that has the same first token in `other`, and
// what chance would give. REQUIRES the same number of items.
struct Agreement {
  double share = 0, chance = 0;
};
Agreement first_token_agreement(const ItemIndex& one, const ItemIndex& other);

// Items with the longest prefix in common with `item`, the nearest first, at most `most`; each with the number of
// tokens that it shares, which is above 0.
struct IdNeighbor {
  ItemId item = 0;
  std::size_t shared = 0;
};
std::vector<IdNeighbor> nearest_ids(const ItemIndex& index, ItemId item, std::size_t most);

}  // namespace p5
