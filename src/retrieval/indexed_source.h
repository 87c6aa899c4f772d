// A source with vectors, asked through an index of them. Thread-safe as the source is.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "retrieval/embedding_index.h"
#include "retrieval/vector_source.h"

namespace p5 {

class IndexedSource final : public CandidateSource {
 public:
  // `name` as the source is called; the index is built here.
  IndexedSource(std::string name, std::shared_ptr<const VectorSource> source, const EmbeddingIndexOptions& options,
                std::size_t threads = 0);

  std::string name() const override { return name_; }
  const EmbeddingIndex& index() const { return index_; }

  std::vector<std::vector<Candidate>> retrieve(std::span<const CandidateQuery> queries, std::size_t k) const override;
  using CandidateSource::score_all;
  // Where the index is exact; an approximate one is measured by the lists that it gives.
  bool score_all(const CandidateQuery& query, std::span<float> scores) const override;

 private:
  std::string name_;
  std::shared_ptr<const VectorSource> source_;
  EmbeddingIndex index_;
  std::size_t threads_;
};

}  // namespace p5
