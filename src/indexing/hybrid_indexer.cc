#include "indexing/hybrid_indexer.h"

#include <utility>
#include <vector>

namespace p5 {

HybridIndexer::HybridIndexer(const IndexOptions& options, std::unique_ptr<const CodedIndexer> prefix)
    : options_(options), prefix_(std::move(prefix)) {}

BuiltIndex HybridIndexer::build(const IndexInput& input) const {
  const std::vector<ItemId> order = drawn_order(input, prefix_->scheme());
  return spell_with_own_tokens(
      "hybrid", {.order = order, .codes = prefix_->codes(input, order), .first_number = options_.first_number}, input);
}

}  // namespace p5
