// Which tokens may come next. Thread-safe: all const.
#pragma once

#include <cstdint>
#include <span>

#include "decode/next_token_scorer.h"
#include "indexing/item_trie.h"
#include "text/tokenizer.h"

namespace p5 {

class TokenConstraint {
 public:
  using State = std::uint32_t;
  static constexpr State kRefused = 0xffffffffu;
  virtual ~TokenConstraint() = default;
  virtual State start() const = 0;
  // Ascending token ids.
  virtual std::span<const TokenId> allowed(State state) const = 0;
  // kRefused when the token is not allowed.
  virtual State next(State state, TokenId token) const = 0;
  // What is known of the allowed tokens, and perhaps of others, ascending by token.
  virtual std::span<const KnownToken> known(State) const { return {}; }
};

// Only items of the trie.
static_assert(TokenConstraint::kRefused == ItemTrie::kNone);
class TrieConstraint final : public TokenConstraint {
 public:
  explicit TrieConstraint(const ItemTrie& trie) : trie_(&trie) {}
  State start() const override { return ItemTrie::kRoot; }
  std::span<const TokenId> allowed(State state) const override { return trie_->allowed(state); }
  State next(State state, TokenId token) const override { return trie_->child(state, token); }
  const ItemTrie& trie() const { return *trie_; }

 private:
  const ItemTrie* trie_;
};

}  // namespace p5
