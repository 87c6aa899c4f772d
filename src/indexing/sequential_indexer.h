// Numbers by first appearance in the train parts, users in the order of the file; items that are not in train follow in
// key order (SID of Hua et al. 2023, as corrected by OpenP5). Neighbors in a history share leading digits. Validation
// and test items do not affect the numbers. Thread-safe: all const.
#pragma once

#include "indexing/item_indexer.h"

namespace p5 {

class SequentialIndexer final : public ItemIndexer {
 public:
  explicit SequentialIndexer(const IndexOptions& options) : options_(options) {}
  BuiltIndex build(const IndexInput& input) const override;

 private:
  IndexOptions options_;
};

}  // namespace p5
