#include "indexing/tree_indexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace p5 {
namespace {

using Members = std::vector<std::uint32_t>;

// The members of each group that has any; a split that leaves all in one group is replaced by equal pieces in the order
// of the members, so that every split makes progress.
std::vector<Members> split(const Members& members, const std::vector<std::uint32_t>& group_of, std::size_t clusters) {
  std::vector<Members> groups(clusters);
  for (std::size_t i = 0; i < members.size(); ++i) groups[group_of[i]].push_back(members[i]);
  std::erase_if(groups, [](const Members& group) { return group.empty(); });
  if (groups.size() > 1) return groups;
  groups.assign(clusters, {});
  for (std::size_t i = 0; i < members.size(); ++i) groups[i * clusters / members.size()].push_back(members[i]);
  std::erase_if(groups, [](const Members& group) { return group.empty(); });
  return groups;
}

}  // namespace

ItemCodes TreeIndexer::codes(const IndexInput& input, const std::vector<ItemId>& order) const {
  ThreadPool pool(static_cast<std::size_t>(input.threads));
  const Splitter groups_of = splitter(input, order, pool);
  const auto leaf = static_cast<std::size_t>(options().leaf);
  const auto clusters = static_cast<std::size_t>(options().clusters);
  ItemCodes codes;
  codes.of.resize(order.size());
  struct Node {
    Members members;
    std::int64_t depth;
  };
  Members all(order.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint32_t>(i);
  std::vector<Node> open;
  open.push_back({std::move(all), 0});
  // Breadth first, so that the numbers of tokens of one level are neighbors.
  for (std::size_t at = 0; at < open.size(); ++at) {
    const Node node = std::move(open[at]);
    if (node.members.size() <= leaf || node.depth >= options().levels) continue;
    for (Members& group : split(node.members, groups_of(node.members), clusters)) {
      const auto token = static_cast<std::uint32_t>(codes.token_names.size());
      codes.token_names.push_back(fmt::format("c{}_{}", node.depth + 1, token));
      for (const std::uint32_t member : group) codes.of[member].push_back(token);
      open.push_back({std::move(group), node.depth + 1});
    }
  }
  return codes;
}

}  // namespace p5
