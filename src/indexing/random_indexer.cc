#include "indexing/random_indexer.h"

#include <vector>

#include "base/rng.h"
#include "indexing/item_numbers.h"

namespace p5 {

BuiltIndex RandomIndexer::build(const IndexInput& input) const {
  std::vector<ItemId> order = items_by_key(input.split.corpus());
  Rng(input.seed, "index-random").shuffle(std::span(order));
  return spell_numbers("random", order, options_.first_number, input.tokenizer);
}

}  // namespace p5
