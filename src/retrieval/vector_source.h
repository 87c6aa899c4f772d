// What sources with vectors can do: give what they have learnt about items, and, where a score is an inner product,
// find the best items through an index. Thread-safe: const.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "retrieval/candidate_source.h"

namespace p5 {

struct ItemVectors {
  std::size_t width = 0;
  std::vector<float> values;  // [item_count, width], row-major
};

// A source that has learnt a vector for each item, whatever else its scores are made from.
class ItemVectorTable {
 public:
  virtual ~ItemVectorTable() = default;
  virtual ItemVectors learnt_vectors() const = 0;
};

// What is added to an item's product.
struct ScoreCorrection {
  ItemId item = 0;
  float amount = 0.0f;
};

// A source whose score is the inner product of a query's vector and an item's, except for a few items per query.
class VectorSource {
 public:
  virtual ~VectorSource() = default;
  virtual std::size_t vector_width() const = 0;
  // [item_count, width], row-major.
  virtual std::vector<float> item_vectors() const = 0;
  // Whether the source answers this query by products; others it answers itself.
  virtual bool has_vector(const CandidateQuery&) const { return true; }
  // Writes [queries, width]. Excluded items and candidates play no part.
  virtual void query_vectors(std::span<const CandidateQuery> queries, std::span<float> vectors) const = 0;
  // Each item once, ascending.
  virtual std::vector<ScoreCorrection> corrections(const CandidateQuery&) const { return {}; }
};

}  // namespace p5
