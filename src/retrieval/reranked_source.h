// A source whose lists are reranked: as a product would show them, and as evaluation measures that. As thread-safe as
// the source. Borrows both.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "retrieval/candidate_source.h"
#include "retrieval/reranker.h"

namespace p5 {

class RerankedSource final : public CandidateSource {
 public:
  // `pool` candidates are asked of the source, or as many as are wanted, if that is more.
  RerankedSource(std::string name, const CandidateSource& source, const Reranker& reranker, std::size_t pool)
      : name_(std::move(name)), source_(&source), reranker_(&reranker), pool_(pool) {}

  std::string name() const override { return name_; }
  // Candidates have the scores and the signature of the source.
  std::vector<std::vector<Candidate>> retrieve(std::span<const CandidateQuery> queries, std::size_t k) const override;

 private:
  std::string name_;
  const CandidateSource* source_;
  const Reranker* reranker_;
  std::size_t pool_;
};

}  // namespace p5
