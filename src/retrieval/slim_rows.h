// SLIM (Ning and Karypis, "SLIM: sparse linear methods for top-N recommender systems", ICDM 2011): for each item j the
// non-negative weights w of other items that minimize
//
//   1/2 |y_j - X w|^2 + l2/2 |w|^2 + l1 |w|_1,  w >= 0,  w_j = 0,
//
// by coordinate descent, with inputs X and targets Y of history_examples.h (whole histories are the published model).
// Thread-safe: a pure function.
#pragma once

#include <cstdint>

#include "base/option_table.h"
#include "base/thread_pool.h"
#include "corpus/split.h"
#include "p5/stop_token.h"
#include "retrieval/history_examples.h"
#include "retrieval/history_weights.h"
#include "retrieval/sparse_rows.h"

namespace p5 {

struct SlimOptions {
  double l1 = 1.0;    // makes weights zero; pairs that occur together less than this get none
  double l2 = 100.0;  // makes weights small
  ExampleOptions examples = {.whole = 0.3};
  std::int64_t rounds = 100;  // of coordinate descent, at most
  double tolerance = 1e-3;    // largest change of a weight in a round at which it stops
  HistoryWeights weights;

  void bind(OptionTable& table);  // rows slim.*
};

// [item_count, item_count]: row i has the weights of item i as an input. The result does not depend on `threads` (0:
// all cores). Throws InvalidArgument for a split without histories, Interrupted.
SparseRows fit_slim(const Split& split, const SlimOptions& options, std::size_t threads = 0,
                    const StopToken& stop = {});

}  // namespace p5
