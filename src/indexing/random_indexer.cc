#include "indexing/random_indexer.h"

#include <vector>

#include "base/rng.h"
#include "indexing/item_numbers.h"

namespace p5 {

BuiltIndex RandomIndexer::build(const Split& split, const Tokenizer& tokenizer, TokenId /*first_id_token*/) const {
  std::vector<ItemId> order = items_by_key(split.corpus().catalog());
  Rng(options_.seed, "index-random").shuffle(std::span(order));
  return spell_numbers("random", order, options_.first_number, tokenizer);
}

}  // namespace p5
