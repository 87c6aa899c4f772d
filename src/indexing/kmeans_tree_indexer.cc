#include "indexing/kmeans_tree_indexer.h"

#include <memory>

#include "clustering/k_means.h"

namespace p5 {

TreeIndexer::Splitter KmeansTreeIndexer::splitter(const IndexInput& input, const std::vector<ItemId>& order,
                                                  ThreadPool& pool) const {
  const auto vectors = std::make_shared<const std::vector<float>>(vectors_of(input, order, scheme()));
  const KMeansOptions wanted{.clusters = static_cast<std::size_t>(options().clusters),
                             .sizes = KMeansOptions::Sizes::kBalanced,
                             .seed = input.seed};
  return [vectors, wanted, width = input.vector_width, &pool](const Members& members) {
    const std::vector<float> chosen = gather({*vectors, width}, members);
    return cluster_points({chosen, width}, wanted, pool).cluster_of;
  };
}

}  // namespace p5
