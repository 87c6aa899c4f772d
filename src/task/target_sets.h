// The sets of tokens that the tokens of item ids compete in while a model learns them: those that a search could take
// in their place. After the same beginning, that is; where codes are predicted without each other, all that items have
// at their position. Immutable; thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "indexing/item_index.h"
#include "indexing/item_trie.h"
#include "text/token_batch.h"

namespace p5 {

class TargetSets {
 public:
  enum class By : std::uint8_t { kBeginning, kPosition };
  TargetSets(const ItemIndex& index, By by);

  const std::shared_ptr<const TokenSets>& sets() const { return sets_; }
  // The sets of the tokens of an answer, [tokens]. `depth`: the position of each in its item's path, from 1; 0 for
  // tokens of words, which compete in set 0. REQUIRES whole paths of the index, except the last.
  std::vector<std::uint32_t> of(std::span<const TokenId> tokens, std::span<const std::uint16_t> depth) const;
  // That of the end token after an item's path; nothing where no id goes on from there, so that the end is certain.
  std::optional<std::uint32_t> of_end(std::span<const TokenId> path) const;

 private:
  void number_nodes();

  std::optional<ItemTrie> trie_;        // by beginning, where ids have several tokens
  std::vector<std::uint32_t> of_node_;  // [nodes of the trie] the set of the tokens after it
  std::shared_ptr<const TokenSets> sets_;
};

}  // namespace p5
