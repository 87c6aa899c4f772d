#include "indexing/item_numbers.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "p5/error.h"

namespace p5 {

std::vector<ItemId> items_by_key(const Corpus& corpus) {
  const ItemCatalog& catalog = corpus.catalog();
  std::vector<ItemId> items(corpus.items_with_events());
  std::iota(items.begin(), items.end(), ItemId{0});
  std::sort(items.begin(), items.end(), [&](ItemId a, ItemId b) { return catalog.key(a) < catalog.key(b); });
  return items;
}

std::string item_name(std::int64_t number) { return "item_" + std::to_string(number); }

BuiltIndex spell_numbers(std::string scheme, const std::vector<ItemId>& order, std::int64_t first_number,
                         const Tokenizer& tokenizer) {
  std::vector<std::vector<TokenId>> paths(order.size());
  std::vector<std::string> names(order.size());
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const ItemId item = order[rank];
    names[item] = item_name(first_number + static_cast<std::int64_t>(rank));
    tokenizer.encode(names[item], paths[item]);
    if (std::find(paths[item].begin(), paths[item].end(), kUnknownToken) != paths[item].end()) {
      throw usage_error("the tokenizer cannot encode this item id",
                        {"index scheme " + scheme, "pieces for letters, digits and '_'", "'" + names[item] + "'"});
    }
  }
  return {ItemIndex(std::move(scheme), std::move(paths), std::move(names)), {}};
}

}  // namespace p5
