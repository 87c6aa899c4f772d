// A candidate source that can score every item cheaply: a subclass writes one row of scores; retrieval, exclusion and
// exact ranking follow from it. Thread-safe when score() is.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "retrieval/candidate_source.h"

namespace p5 {

class ScoringSource : public CandidateSource {
 public:
  std::size_t item_count() const { return item_count_; }

  // Equal scores are in ascending item id. Candidates and excluded items beyond the catalogue are ignored.
  std::vector<std::vector<Candidate>> retrieve(std::span<const CandidateQuery> queries, std::size_t k) const final;

  using CandidateSource::score_all;
  // `scores` [item_count]. Excluded items get kNotACandidate; `query.candidates` is ignored.
  bool score_all(const CandidateQuery& query, std::span<float> scores) const final;

 protected:
  explicit ScoringSource(std::size_t item_count) : item_count_(item_count) {}

  // Writes the whole row [item_count] for the query's user and history. History items may be beyond the catalogue.
  virtual void score(const CandidateQuery& query, std::span<float> scores) const = 0;

 private:
  std::size_t item_count_;
};

}  // namespace p5
