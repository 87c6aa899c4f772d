// How items get their ids. Every scheme reads train parts only: shuffling validation and test items changes no id.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/option_table.h"
#include "corpus/split.h"
#include "indexing/item_index.h"
#include "text/tokenizer.h"

namespace p5 {

struct IndexOptions {
  std::string scheme = "independent";  // random | sequential | independent
  std::int64_t first_number = 1001;    // sequential: the number of the first item (OpenP5's offset)
  std::uint64_t seed = 2022;           // random: order of the numbers

  void bind(OptionTable& table);  // rows index.*
};

struct BuiltIndex {
  ItemIndex index;
  std::vector<std::string> id_tokens;  // private tokens to append to the vocabulary, in order; may be empty
};

class ItemIndexer {
 public:
  virtual ~ItemIndexer() = default;
  // `first_id_token` is the id that the first private token will get. Every item of the corpus gets a path, items never
  // seen in train too.
  virtual BuiltIndex build(const Split& split, const Tokenizer& tokenizer, TokenId first_id_token) const = 0;
};

// Throws InvalidArgument with the known schemes.
std::unique_ptr<ItemIndexer> make_item_indexer(const IndexOptions& options);

}  // namespace p5
