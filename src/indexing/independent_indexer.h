// One private token an item (IID of Hua et al. 2023): the path has length 1 and the vocabulary grows by the catalogue.
// The numbers in the tokens' names are random, so that they leak nothing either. Thread-safe: all const.
#pragma once

#include "indexing/item_indexer.h"

namespace p5 {

class IndependentIndexer final : public ItemIndexer {
 public:
  explicit IndependentIndexer(const IndexOptions& options) : options_(options) {}
  BuiltIndex build(const Split& split, const Tokenizer& tokenizer, TokenId first_id_token) const override;

 private:
  IndexOptions options_;
};

}  // namespace p5
