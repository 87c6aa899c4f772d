// Answers in words as paths of tokens, and what is known of them as evidence about the next token. Immutable;
// thread-safe.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "decode/trie_evidence.h"
#include "indexing/item_index.h"
#include "indexing/item_trie.h"
#include "text/tokenizer.h"

namespace p5 {

class KnownAnswers {
 public:
  // The answers are distinct texts.
  KnownAnswers(const Tokenizer& tokenizer, const std::vector<std::string>& answers);

  const ItemIndex& index() const { return index_; }  // the answers, in their order, as items
  const ItemTrie& trie() const { return trie_; }
  // `shares` of the answers, in their order. Their tokens have a depth beyond all item paths: a model has one gate for
  // answers in words.
  TrieEvidence evidence(std::span<const float> shares) const;

 private:
  ItemIndex index_;
  ItemTrie trie_;
};

}  // namespace p5
