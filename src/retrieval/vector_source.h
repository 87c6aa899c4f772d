// What a source can do whose score is an inner product: give the vectors of items and of queries, so that its best
// items are found through an index. Thread-safe: const.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "retrieval/candidate_source.h"

namespace p5 {

class VectorSource {
 public:
  virtual ~VectorSource() = default;
  virtual std::size_t vector_width() const = 0;
  // [item_count, width], row-major.
  virtual std::vector<float> item_vectors() const = 0;
  // Writes [queries, width]: the score of an item is the inner product with its vector. Excluded items and candidates
  // play no part.
  virtual void query_vectors(std::span<const CandidateQuery> queries, std::span<float> vectors) const = 0;
};

}  // namespace p5
