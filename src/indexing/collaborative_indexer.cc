#include "indexing/collaborative_indexer.h"

#include <algorithm>
#include <limits>
#include <memory>

#include "clustering/spectral_clusters.h"
#include "indexing/cooccurrence_graph.h"

namespace p5 {
namespace {

constexpr std::uint32_t kOutside = std::numeric_limits<std::uint32_t>::max();

// The graph among some nodes that have an edge there, which `kept` lists.
SparseRows graph_among(const SparseRows& graph, const std::vector<std::uint32_t>& nodes,
                       std::vector<std::uint32_t>& kept) {
  std::vector<std::uint32_t> place(graph.size(), kOutside);
  for (const std::uint32_t node : nodes) place[node] = 0;
  for (const std::uint32_t node : nodes) {
    if (std::ranges::any_of(graph[node], [&](const ItemWeight& edge) { return place[edge.item] != kOutside; })) {
      kept.push_back(node);
    }
  }
  // Edges go both ways, so the neighbor of a node has an edge as well.
  for (std::size_t i = 0; i < kept.size(); ++i) place[kept[i]] = static_cast<std::uint32_t>(i);
  SparseRows among;
  std::vector<ItemWeight> row;
  for (const std::uint32_t node : kept) {
    row.clear();
    for (const ItemWeight& edge : graph[node]) {
      if (place[edge.item] != kOutside) row.push_back({place[edge.item], edge.weight});
    }
    among.push_back(row);
  }
  return among;
}

}  // namespace

TreeIndexer::Splitter CollaborativeIndexer::splitter(const IndexInput& input, const std::vector<ItemId>& order,
                                                     ThreadPool& pool) const {
  const auto graph = std::make_shared<const SparseRows>(cooccurrence_graph(input.split, order));
  const auto clusters = static_cast<std::size_t>(options().clusters);
  return [graph, clusters, seed = input.seed, &pool](const Members& members) {
    Members kept;
    const SparseRows among = graph_among(*graph, members, kept);
    // One cluster is left for items without an edge.
    const bool alone = kept.size() < members.size();
    const std::size_t wanted = clusters - (alone && clusters > 2 ? 1 : 0);
    const auto found = spectral_clusters(among, {.clusters = wanted, .seed = seed}, pool);
    std::vector<std::uint32_t> group_of(members.size(), static_cast<std::uint32_t>(clusters - 1));
    for (std::size_t i = 0, next = 0; i < members.size() && next < kept.size(); ++i) {
      if (members[i] == kept[next]) group_of[i] = found[next++];
    }
    return group_of;
  };
}

}  // namespace p5
