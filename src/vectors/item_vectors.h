// One vector per item out of several views of it: its text, who has it, files. Each view is made comparable and
// weighed; the views are put side by side. Ids that group similar items (src/indexing/) are made of these.
// Thread-safe: a pure function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/option_table.h"
#include "corpus/split.h"
#include "p5/stop_token.h"
#include "retrieval/content_rows.h"
#include "retrieval/vector_source.h"

namespace p5 {

struct ItemVectorRecipe {
  // "text=1", "cooccurrence=0.5", "als=1", "file:PATH=1", "file:PATH@KEYS=1", "words:PATH=1", "text-encoder:FOLDER=1",
  // "encoder=1", "encoder:RUN=1"; empty: text where the catalogue has any and cooccurrence, 1 each.
  std::vector<std::string> views = {};
  std::int64_t width = 64;      // of text, cooccurrence and als each; files have their own
  std::int64_t axes = 0;        // principal axes that are kept of all views together; 0: all
  ContentOptions content = {};  // of text
  // What the encoder of a trained run has learnt, [items of the run, width]: of encoder:RUN; "" is the run's own.
  std::function<ItemVectors(const std::string& run)> of_encoder = {};

  // Whether a view is "encoder". Throws InvalidArgument for a recipe that cannot be read.
  bool of_own_encoder() const;

  void bind(OptionTable& table);  // rows index.vectors, index.vector_width, index.vector_axes
};

struct ItemVectorSet {
  std::size_t width = 0;
  std::vector<float> values;  // [items with events, width]
};

// Reads train parts only. Of each view: rows of length 1 (items that a view knows nothing of stay at 0), less their
// mean, divided by the root of the total variance and times the weight; so views of any width count as their weights
// say. The result depends on data, recipe and seed, and not on `threads` (0: all cores). Throws InvalidArgument for a
// recipe that cannot be read or needs what the corpus lacks, Corrupted (data) for bad files.
ItemVectorSet make_item_vectors(const Split& split, const ItemVectorRecipe& recipe, std::uint64_t seed,
                                std::size_t threads = 0, const StopToken& stop = {});

}  // namespace p5
