// Which items users have together. Thread-safe: a pure function.
#pragma once

#include <vector>

#include "corpus/split.h"
#include "retrieval/sparse_rows.h"

namespace p5 {

// [order, order], symmetric: the number of users whose train parts hold both order[a] and order[b], in place (a, b);
// nothing on the diagonal. Throws InvalidArgument for a split without histories.
SparseRows cooccurrence_graph(const Split& split, const std::vector<ItemId>& order);

}  // namespace p5
