// How alike two items are, from 0 to 1, for diversity and its measure. Both kinds are positive semi-definite kernels,
// as a determinantal point process needs. Immutable; thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "corpus/split.h"

namespace p5 {

class ItemSimilarity {
 public:
  // kFeatures: shared features of all that either has (Jaccard), among those of ItemFeatures that several items have.
  // kUsers: the cosine of the sets of users who took them in the train part, |A and B| / sqrt(|A| |B|). kAuto: features
  // where half of the items have any.
  enum class Basis { kAuto, kFeatures, kUsers };
  explicit ItemSimilarity(const Split& split, Basis basis = Basis::kAuto);

  // 1 for the same item; 0 where nothing is known of one of two.
  float of(ItemId a, ItemId b) const;
  std::string_view basis() const { return jaccard_ ? "features" : "users"; }

 private:
  std::span<const std::uint32_t> set_of(ItemId item) const;

  bool jaccard_;
  std::vector<std::size_t> begins_;    // [item_count + 1]
  std::vector<std::uint32_t> values_;  // of each item, ascending, each once
};

}  // namespace p5
