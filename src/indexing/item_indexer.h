// How items get their ids. Every scheme reads only train parts: reordering validation and test items changes no id.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/option_table.h"
#include "corpus/split.h"
#include "indexing/item_index.h"
#include "text/tokenizer.h"

namespace p5 {

struct IndexOptions {
  std::string scheme = "independent";  // one of item_schemes()
  std::uint64_t seed = 2022;
  std::int64_t first_number = 1001;  // for schemes that number items: the first number (OpenP5's offset)

  void bind(OptionTable& table);  // rows index.*, those of each scheme included
};

// What ids may depend on. Borrowed during build().
struct IndexInput {
  const Split& split;  // only its train parts are read
  const Tokenizer& tokenizer;
  TokenId first_id_token = 0;  // the id of the first private token
  std::span<const float> item_vectors =
      {};  // [items, vector_width], for schemes that group similar items; may be empty
  std::size_t vector_width = 0;
  std::uint64_t seed = 2022;
  std::int64_t threads = 0;  // 0: all cores; the ids do not depend on it
};

struct BuiltIndex {
  ItemIndex index;
  std::vector<std::string> id_tokens;  // private tokens to append to the vocabulary, in order; may be empty
};

class ItemIndexer {
 public:
  virtual ~ItemIndexer() = default;
  // Every item of the corpus gets a path, also items that are not in train.
  virtual BuiltIndex build(const IndexInput& input) const = 0;
};

// The names of all schemes; each is a row of the list in item_indexer.cc.
std::vector<std::string> item_schemes();

// Throws InvalidArgument with the known schemes.
std::unique_ptr<ItemIndexer> make_item_indexer(const IndexOptions& options);

}  // namespace p5
