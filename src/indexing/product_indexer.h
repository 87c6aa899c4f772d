// Product quantisation of item vectors (clustering/product_codes.h): codes of equal rank, as in RPG (Hou et al., KDDn//
// 2025). Thread-safe: all const.
#pragma once

#include "indexing/level_indexer.h"

namespace p5 {

class ProductIndexer final : public LevelIndexer {
 public:
  using LevelIndexer::LevelIndexer;
  std::string_view scheme() const override { return "product"; }

 protected:
  LevelCodes quantise(const Points& points, const Quantisation& wanted) const override;
};

}  // namespace p5
