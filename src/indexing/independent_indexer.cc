#include "indexing/independent_indexer.h"

#include <limits>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "indexing/item_numbers.h"
#include "p5/error.h"

namespace p5 {

BuiltIndex IndependentIndexer::build(const IndexInput& input) const {
  std::vector<ItemId> order = items_by_key(input.split.corpus());
  Rng(input.seed, "index-independent").shuffle(std::span(order));
  const auto room = static_cast<std::size_t>(std::numeric_limits<TokenId>::max() - input.first_id_token);
  if (order.size() > room) {
    throw usage_error("more items than token ids",
                      {"index scheme independent", std::to_string(room), std::to_string(order.size())});
  }
  std::vector<std::vector<TokenId>> paths(order.size());
  std::vector<std::string> names(order.size()), id_tokens;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const ItemId item = order[rank];
    names[item] = item_name(options_.first_number + static_cast<std::int64_t>(rank));
    paths[item] = {input.first_id_token + static_cast<TokenId>(rank)};
    id_tokens.push_back(names[item]);
  }
  return {ItemIndex("independent", std::move(paths), std::move(names)), std::move(id_tokens)};
}

}  // namespace p5
