// Codes of item vectors by a network that learns to quantise what it must then rebuild (clustering/rq_vae.h): the ids
// of TIGER (Rajput et al., NeurIPS 2023). Needs LibTorch. Thread-safe: all const.
#pragma once

#include "indexing/level_indexer.h"

namespace p5 {

class RqVaeIndexer final : public LevelIndexer {
 public:
  using LevelIndexer::LevelIndexer;
  std::string_view scheme() const override { return "rq-vae"; }

 protected:
  // Throws a data error where fewer codes are used than index.least_usage says.
  LevelCodes quantise(const Points& points, const Quantisation& wanted) const override;
};

}  // namespace p5
