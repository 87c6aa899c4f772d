// The groups of another scheme, and then a private token of the item alone (HID of Hua et al. 2023): what similar items
// share is in the prefix, what is the item's own in the last token. Thread-safe: all const.
#pragma once

#include <memory>

#include "indexing/coded_indexer.h"

namespace p5 {

class HybridIndexer final : public ItemIndexer {
 public:
  // `prefix` gives the groups.
  HybridIndexer(const IndexOptions& options, std::unique_ptr<const CodedIndexer> prefix);
  BuiltIndex build(const IndexInput& input) const override;

 private:
  IndexOptions options_;
  std::unique_ptr<const CodedIndexer> prefix_;
};

}  // namespace p5
