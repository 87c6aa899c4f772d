// Which tokens may come next. Thread-safe: all const.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "decode/next_token_scorer.h"
#include "indexing/item_trie.h"
#include "text/tokenizer.h"

namespace p5 {

// A constraint over one trie as data, for searches that keep the trie beside the model.
struct TrieLimits {
  const ItemTrie* trie = nullptr;
  std::vector<TokenId> given;                                // that every answer begins with, before the root
  std::vector<ItemTrie::Node> closed;                        // may not be entered
  std::vector<std::pair<ItemTrie::Node, KnownToken>> known;  // of the tokens that enter nodes
  bool looks_ahead = false;
  std::vector<float> ahead;  // [known] TokenConstraint::ahead() of those; of others expected_share()
};

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
  // Whether a beam should be kept for what it leads to, rather than for its own score alone: ahead() is then the
  // logarithm of the share of what is below a token that its best end is expected to have, at most 0.
  virtual bool looks_ahead() const { return false; }
  virtual float ahead(State /*state*/, TokenId /*token*/) const { return 0.0f; }
  // Adds to `limits`; false where a trie with closed nodes does not say all.
  virtual bool describe(TrieLimits& /*limits*/) const { return false; }
};

// Only items of the trie.
static_assert(TokenConstraint::kRefused == ItemTrie::kNone);
class TrieConstraint final : public TokenConstraint {
 public:
  explicit TrieConstraint(const ItemTrie& trie) : trie_(&trie) {}
  State start() const override { return ItemTrie::kRoot; }
  std::span<const TokenId> allowed(State state) const override { return trie_->allowed(state); }
  State next(State state, TokenId token) const override { return trie_->child(state, token); }
  bool describe(TrieLimits& limits) const override {
    limits.trie = trie_;
    return true;
  }
  const ItemTrie& trie() const { return *trie_; }

 private:
  const ItemTrie* trie_;
};

}  // namespace p5
