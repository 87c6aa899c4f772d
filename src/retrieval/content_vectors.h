// Vectors of items out of what they say of themselves: the truncated singular value decomposition of TF-IDF (latent
// semantic analysis, Deerwester et al. 1990). Looks at no interaction. Thread-safe: a pure function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/thread_pool.h"
#include "corpus/corpus.h"
#include "retrieval/content_rows.h"

namespace p5 {

// [item_count, width], left singular vectors times their values; `width` is that wanted, or less where there are fewer
// items or features. The same for any number of threads. Throws InvalidArgument where no item has any text or label.
std::vector<float> content_vectors(const ItemCatalog& catalog, const ContentOptions& options, std::uint64_t seed,
                                   std::size_t& width, ThreadPool& pool);

}  // namespace p5
