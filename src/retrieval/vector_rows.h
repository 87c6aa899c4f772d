// Items whose vectors point the same way. Thread-safe: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/option_table.h"
#include "base/thread_pool.h"
#include "corpus/corpus.h"
#include "retrieval/history_weights.h"
#include "retrieval/sparse_rows.h"

namespace p5 {

// `vectors` [item_count, width]. Entries are cosines above 0 to the power of `sharpness`; the `most` strongest of each
// row, 0 = all; no item in its own row, none in the rows of zero vectors. n^2 * width multiplications by OpenBLAS.
struct VectorComparison {
  double sharpness = 1.0;
  std::size_t most = 400;
};
SparseRows compare_vectors(std::vector<float> vectors, std::size_t width, const VectorComparison& comparison,
                           ThreadPool& pool);

// Vectors that the corpus has as attributes of items: of texts or images, say.
struct ItemVectorOptions {
  std::string attribute;             // its name; empty: the first list of numbers that an item has
  std::int64_t max_neighbors = 400;  // strongest kept per item, 0 = all
  HistoryWeights weights;

  void bind(OptionTable& table);  // rows vectors.*
};
// Throws InvalidArgument where no item has such an attribute, or where their lengths differ.
SparseRows compare_item_vectors(const ItemCatalog& catalog, const ItemVectorOptions& options, std::size_t threads = 0);

}  // namespace p5
