#include "indexing/cooccurrence_graph.h"

#include <algorithm>

#include "retrieval/user_item_sets.h"

namespace p5 {

SparseRows cooccurrence_graph(const Split& split, const std::vector<ItemId>& order) {
  const UserItemSets sets(split, "index scheme collaborative");
  std::vector<ItemId> place(sets.item_count());
  for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = static_cast<ItemId>(i);
  SparseRows graph;
  RowSums sums(order.size());
  for (const ItemId item : order) {
    for (const UserId user : sets.users_of(item)) {
      for (const ItemId other : sets.items_of(user)) {
        if (other != item) sums.add(place[other], 1.0f);
      }
    }
    graph.push_back(sums.take());
  }
  return graph;
}

}  // namespace p5
