// Ids that are paths down a tree of groups: every group with more items than a leaf may have is split again. Each group
// has a token of its own; the digits of a leaf's items are shared by all leaves. Thread-safe: all const.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/thread_pool.h"
#include "indexing/coded_indexer.h"

namespace p5 {

class TreeIndexer : public CodedIndexer {
 public:
  using CodedIndexer::CodedIndexer;
  ItemCodes codes(const IndexInput& input, const std::vector<ItemId>& order) const final;

 protected:
  using Members = std::vector<std::uint32_t>;  // places in the order, ascending
  // The group of each member, from 0, of at most options().clusters groups.
  using Splitter = std::function<std::vector<std::uint32_t>(const Members& members)>;
  // `pool` outlives the splitter.
  virtual Splitter splitter(const IndexInput& input, const std::vector<ItemId>& order, ThreadPool& pool) const = 0;
};

}  // namespace p5
