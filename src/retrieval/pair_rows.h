// Item-kNN that looks at who has both items and not at order: two classic measures beside ItemKnnSource. Thread-safe:
// pure functions.
#pragma once

#include <cstdint>
#include <string>

#include "base/option_table.h"
#include "base/thread_pool.h"
#include "corpus/split.h"
#include "retrieval/history_weights.h"
#include "retrieval/sparse_rows.h"

namespace p5 {

// n_ab users have both a and b, n_a have a.
//   cosine       n_ab / (sqrt(n_a n_b) + shrinkage)      (Sarwar et al., WWW 2001; shrinkage: Bell and Koren, 2007)
//   conditional  sum_{u has both} 1 / |u| / ((n_a + shrinkage) n_b^popularity)
//                (Deshpande and Karypis, "Item-based top-N recommendation algorithms", TOIS 2004; |u|: the norm of u)
struct PairOptions {
  double shrinkage = 3.0;
  double popularity = 0.5;           // conditional alone: power of n_b that popular items are divided by
  std::int64_t max_neighbors = 400;  // strongest kept per item, 0 = all
  HistoryWeights weights;

  void bind_cosine(OptionTable& table);       // rows cosine.*
  void bind_conditional(OptionTable& table);  // rows conditional.*
};

enum class PairMeasure { kCosine, kConditional };

// [item_count, item_count], no item in its own row. Throws InvalidArgument for a split without histories.
SparseRows measure_pairs(const Split& split, PairMeasure measure, const PairOptions& options, std::size_t threads = 0);

}  // namespace p5
