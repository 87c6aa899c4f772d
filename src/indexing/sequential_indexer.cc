#include "indexing/sequential_indexer.h"

#include <vector>

#include "indexing/item_numbers.h"

namespace p5 {

BuiltIndex SequentialIndexer::build(const IndexInput& input) const {
  const Corpus& corpus = input.split.corpus();
  std::vector<ItemId> order;
  std::vector<bool> numbered(corpus.item_count(), false);
  const auto number = [&](ItemId item) {
    if (numbered[item]) return;
    numbered[item] = true;
    order.push_back(item);
  };
  const std::span<const ItemId> items = corpus.items();
  for (UserId user = 0; user < corpus.user_count(); ++user) {
    const Corpus::Range range = corpus.range_of(user);
    for (std::size_t i = range.begin; i < range.end; ++i) {
      if (input.split.part_of(i) == Part::kTrain) number(items[i]);
    }
  }
  for (const ItemId item : items_by_key(corpus)) number(item);
  return spell_numbers("sequential", order, options_.first_number, input.tokenizer);
}

}  // namespace p5
