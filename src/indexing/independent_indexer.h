// One private token per item (IID of Hua et al. 2023): paths have length 1, and the vocabulary grows by one token per
// item. The numbers in the tokens' names are random, so that they also leak nothing. Thread-safe: all const.
#pragma once

#include "indexing/item_indexer.h"

namespace p5 {

class IndependentIndexer final : public ItemIndexer {
 public:
  explicit IndependentIndexer(const IndexOptions& options) : options_(options) {}
  BuiltIndex build(const IndexInput& input) const override;

 private:
  IndexOptions options_;
};

}  // namespace p5
