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
  // What becomes of items with the same codes.
  enum class Collisions : std::uint8_t { kDigit, kSinkhorn };
  std::string scheme = "independent";  // one of item_schemes()
  std::uint64_t seed = 2022;
  std::int64_t first_number = 1001;  // for schemes that number items: the first number (OpenP5's offset)
  std::int64_t title_words = 6;      // title: the first words of a title that are spelled
  std::int64_t levels = 3;           // tokens of an id before digits: of quantisers exactly, of trees at most
  std::int64_t clusters = 20;        // groups that a group of a tree is split into (OpenP5's N on Beauty)
  std::int64_t leaf = 256;           // a group of a tree with more items is split
  std::int64_t codes = 0;            // codes of a level of a quantiser; 0: twice the root of the items, 256 at most
  std::int64_t digits = 256;         // base of the digits that tell items of one group apart
  Collisions collisions = Collisions::kDigit;
  std::int64_t category_items = 5;     // category: fewer items do not make a group
  std::string prefix = "kmeans-tree";  // hybrid: the scheme of the groups
  std::int64_t epochs = 400;           // rq-vae: passes over the items
  std::int64_t latent = 32;            // rq-vae: width of what is quantised
  double commitment = 0.25;            // rq-vae: weight of the distance of the encoder to its codes
  double contrast = 0.0;               // rq-vae: weight of the contrastive term between items that users have together
  double least_usage = 0.8;            // rq-vae: share of the codes of each level that must be used

  void bind(OptionTable& table);  // rows index.*, those of each scheme included
};

// What ids may depend on. Borrowed during build().
struct IndexInput {
  const Split& split;  // only its train parts are read
  const Tokenizer& tokenizer;
  TokenId first_id_token = 0;  // the id of the first private token
  // [items with events, vector_width], for schemes that group similar items (needs_item_vectors()); else empty
  std::span<const float> item_vectors = {};
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
  // Every item with events gets a path, also items that are not in train.
  virtual BuiltIndex build(const IndexInput& input) const = 0;
};

// The names of all schemes; each is a row of the list in item_indexer.cc.
std::vector<std::string> item_schemes();

// Whether the scheme groups items by vectors (src/vectors/).
bool needs_item_vectors(const IndexOptions& options);

// Throws InvalidArgument with the known schemes.
std::unique_ptr<ItemIndexer> make_item_indexer(const IndexOptions& options);

}  // namespace p5
