// Items that read alike: TF-IDF over the words of title and description and over the labels of item_labels.h, compared
// by cosine (Salton and Buckley, 1988; as a recommender: Lops, de Gemmis and Semeraro, 2011). Looks at no interaction,
// so that items that nobody has had yet are neighbors as well. Thread-safe: a pure function.
#pragma once

#include <cstdint>
#include <span>

#include "base/option_table.h"
#include "base/thread_pool.h"
#include "corpus/corpus.h"
#include "retrieval/history_weights.h"
#include "retrieval/sparse_rows.h"

namespace p5 {

// A feature that occurs t times in an item, and in n of N items, weighs (1 + log t) log(N / n) times its field's
// weight.
struct ContentOptions {
  double title = 1.0, description = 0.5, labels = 1.0;  // weights of the fields; 0 leaves one out
  std::int64_t max_neighbors = 400;                     // strongest kept per item, 0 = all
  HistoryWeights weights;

  void bind(OptionTable& table);  // rows content.*
};

// Cosines [item_count, item_count], no item in its own row. Features that more than half of the items have are left
// out. Throws InvalidArgument where no item has any text or label.
SparseRows compare_contents(const ItemCatalog& catalog, const ContentOptions& options, std::size_t threads = 0);
// The same for a few items, [items, item_count].
SparseRows compare_contents(const ItemCatalog& catalog, std::span<const ItemId> items, const ContentOptions& options,
                            std::size_t threads = 0);

}  // namespace p5
