// Distinct numbers in random order, written as text: an id says nothing about the log (RID of Hua et al., How to Index
// Item IDs, 2023). Thread-safe: all const.
#pragma once

#include "indexing/item_indexer.h"

namespace p5 {

class RandomIndexer final : public ItemIndexer {
 public:
  explicit RandomIndexer(const IndexOptions& options) : options_(options) {}
  BuiltIndex build(const IndexInput& input) const override;

 private:
  IndexOptions options_;
};

}  // namespace p5
