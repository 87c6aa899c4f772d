// Which tokens of an item trie have far more or fewer items below them than the tokens beside them have on average.
// Where nothing else is known of an item, it weighs as much as any other, so that a token weighs as many items as are
// below it: an id that ends early does not take the share of a whole group. Immutable; thread-safe.
#pragma once

#include <span>
#include <vector>

#include "decode/next_token_scorer.h"
#include "indexing/item_trie.h"

namespace p5 {

class TrieSizes {
 public:
  // Tokens get the feature log(n / m) / gate, n the items below and m the mean of those numbers after the same node.
  // Those within a tenth of it are left out.
  TrieSizes(const ItemTrie& trie, double gate);

  // Ascending by token; empty where all tokens have about as many items below.
  std::span<const KnownToken> of(ItemTrie::Node node) const;
  const std::vector<ItemTrie::Node>& nodes() const { return nodes_; }  // with such tokens, ascending

 private:
  std::vector<ItemTrie::Node> nodes_;
  std::vector<std::uint32_t> ends_;  // [nodes_] in tokens_
  std::vector<KnownToken> tokens_;
};

// The mean number of items below the tokens after a node. REQUIRES that there are some.
double mean_items_below(const ItemTrie& trie, ItemTrie::Node node);

}  // namespace p5
