// A scheme that groups similar items: the tokens of an item's groups, and then digits that tell the items of a group
// apart. What the groups are is up to the scheme. Thread-safe: all const.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "indexing/item_codes.h"
#include "indexing/item_indexer.h"

namespace p5 {

class CodedIndexer : public ItemIndexer {
 public:
  explicit CodedIndexer(const IndexOptions& options) : options_(options) {}
  BuiltIndex build(const IndexInput& input) const final;

  virtual std::string_view scheme() const = 0;
  // The groups of order[i] in place i; they depend on the order, and on train parts alone.
  virtual ItemCodes codes(const IndexInput& input, const std::vector<ItemId>& order) const = 0;

 protected:
  const IndexOptions& options() const { return options_; }

 private:
  IndexOptions options_;
};

// The vectors of the items in this order, [order, width]. Throws InvalidArgument where there are none.
std::vector<float> vectors_of(const IndexInput& input, const std::vector<ItemId>& order, std::string_view scheme);

// `wanted` clusters, as `option` says, or where that is 0, twice the root of `items`, `usual` at most. Throws a data
// error for more clusters than items.
std::size_t cluster_count(const char* option, std::int64_t wanted, std::size_t usual, std::size_t items);

}  // namespace p5
