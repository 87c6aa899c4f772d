// Ids of one token a level: the codes of a quantiser of item vectors. Every level has tokens of its own. Items with the
// same codes get a digit, or first codes of their own on the last level (index.collisions). Thread-safe: all const.
#pragma once

#include <vector>

#include "base/thread_pool.h"
#include "clustering/level_codes.h"
#include "indexing/coded_indexer.h"

namespace p5 {

class LevelIndexer : public CodedIndexer {
 public:
  using CodedIndexer::CodedIndexer;
  ItemCodes codes(const IndexInput& input, const std::vector<ItemId>& order) const final;

 protected:
  struct Quantisation {
    std::size_t levels, codes;
    std::uint64_t seed;
    std::int64_t threads;
    const IndexInput& input;
    const std::vector<ItemId>& order;  // of the points
  };
  virtual LevelCodes quantise(const Points& points, const Quantisation& wanted) const = 0;
};

}  // namespace p5
