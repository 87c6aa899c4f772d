// A tree by spectral clustering of the graph of items that users have together in the train parts (CID of Hua et al.,
// "How to index item ids for recommendation foundation models", 2023; OpenP5, Xu et al. 2024). Thread-safe: all const.
#pragma once

#include "indexing/tree_indexer.h"

namespace p5 {

class CollaborativeIndexer final : public TreeIndexer {
 public:
  using TreeIndexer::TreeIndexer;
  std::string_view scheme() const override { return "collaborative"; }

 protected:
  // Items that share no user with any other of their group are a cluster of their own, the last.
  Splitter splitter(const IndexInput& input, const std::vector<ItemId>& order, ThreadPool& pool) const override;
};

}  // namespace p5
