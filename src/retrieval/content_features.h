// What items say of themselves, as sparse vectors: TF-IDF over the words of title and description and over the labels
// of item_labels.h. Looks at no interaction. Thread-safe: a pure function.
#pragma once

#include <cstddef>

#include "corpus/corpus.h"
#include "retrieval/content_rows.h"
#include "retrieval/sparse_rows.h"

namespace p5 {

struct ContentFeatures {
  std::size_t count = 0;  // of features, also of those that were left out
  SparseRows weights;     // [item_count, count], rows of length 1 or empty
};

// Features that more than half of the items have are left out.
ContentFeatures content_features(const ItemCatalog& catalog, const ContentOptions& options);

}  // namespace p5
