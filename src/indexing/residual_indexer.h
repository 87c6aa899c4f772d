// Residual k-means of item vectors (clustering/residual_codes.h): from coarse to fine, as in TIGER (Rajput et al.,
// NeurIPSn// 2023) without a network. Thread-safe: all const.
#pragma once

#include "indexing/level_indexer.h"

namespace p5 {

class ResidualIndexer final : public LevelIndexer {
 public:
  using LevelIndexer::LevelIndexer;
  std::string_view scheme() const override { return "residual"; }

 protected:
  LevelCodes quantise(const Points& points, const Quantisation& wanted) const override;
};

}  // namespace p5
