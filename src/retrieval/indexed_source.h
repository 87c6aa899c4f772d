// A source with vectors, asked through an index of them. Thread-safe as the source is.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "retrieval/embedding_index.h"
#include "retrieval/vector_source.h"

namespace p5 {

class IndexedSource final : public CandidateSource {
 public:
  // REQUIRES a source that is also a VectorSource, and an index of its item vectors.
  IndexedSource(std::unique_ptr<CandidateSource> source, EmbeddingIndex index, std::size_t threads = 0);

  std::string name() const override { return source_->name(); }
  const EmbeddingIndex& index() const { return index_; }

  // Items whose scores are corrected are always looked at; of the others the index finds the best.
  std::vector<std::vector<Candidate>> retrieve(std::span<const CandidateQuery> queries, std::size_t k) const override;
  using CandidateSource::score_all;
  // Where the index is exact; an approximate one is measured by the lists that it gives.
  bool score_all(const CandidateQuery& query, std::span<float> scores) const override;

 private:
  std::vector<Candidate> corrected(const CandidateQuery& query, std::span<const ScoreCorrection> corrections,
                                   std::span<const float> vector, std::vector<Candidate> found, std::size_t k) const;

  std::unique_ptr<CandidateSource> source_;
  const VectorSource& vectors_;  // the same
  EmbeddingIndex index_;
  std::size_t threads_;
};

}  // namespace p5
