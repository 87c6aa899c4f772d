// Only items of the trie, except those of a set: seen items, sold-out items. Tokens that lead only to excluded items
// are closed at the first such step, so that no beam is wasted. One object serves one search at a time.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "decode/token_constraint.h"
#include "indexing/item_index.h"
#include "indexing/item_trie.h"

namespace p5 {

class ExcludingConstraint final : public TokenConstraint {
 public:
  // Borrows trie and index.
  ExcludingConstraint(const ItemTrie& trie, const ItemIndex& index, std::span<const ItemId> excluded);

  State start() const override { return ItemTrie::kRoot; }
  std::span<const TokenId> allowed(State state) const override;
  State next(State state, TokenId token) const override { return trie_->child(state, token); }
  bool describe(TrieLimits& limits) const override;

 private:
  void leave_open(ItemTrie::Node parent);

  const ItemTrie* trie_;
  std::vector<ItemTrie::Node> closed_;                             // without an item left; ascending
  std::unordered_map<ItemTrie::Node, std::vector<TokenId>> open_;  // for nodes with closed tokens: the others
};

}  // namespace p5
