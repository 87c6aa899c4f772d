// A tree by k-means of item vectors: every group is cut into clusters of equal size (hierarchical k-means of Tay et
// al., "Transformer memory as a differentiable search index", NeurIPS 2022, balanced). Thread-safe: all const.
#pragma once

#include "indexing/tree_indexer.h"

namespace p5 {

class KmeansTreeIndexer final : public TreeIndexer {
 public:
  using TreeIndexer::TreeIndexer;
  std::string_view scheme() const override { return "kmeans-tree"; }

 protected:
  Splitter splitter(const IndexInput& input, const std::vector<ItemId>& order, ThreadPool& pool) const override;
};

}  // namespace p5
