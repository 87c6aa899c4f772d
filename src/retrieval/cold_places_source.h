// A source of lists of log-probabilities that keeps places for items without training events: each stands where its
// probability by content puts it (cold_items.h). Questions with candidates are passed on as they are. Thread-safe where
// the source is.
#pragma once

#include <memory>
#include <string>

#include "retrieval/cold_items.h"

namespace p5 {

class ColdPlacesSource final : public CandidateSource {
 public:
  // `weight` as ColdOptions::weight.
  ColdPlacesSource(std::unique_ptr<CandidateSource> source, std::shared_ptr<const ColdItemsSource> cold, double weight)
      : source_(std::move(source)), cold_(std::move(cold)), weight_(weight) {}

  std::string name() const override { return source_->name(); }
  std::vector<std::vector<Candidate>> retrieve(std::span<const CandidateQuery> queries, std::size_t k) const override;
  std::size_t queries_at_once() const override { return source_->queries_at_once(); }

 private:
  std::unique_ptr<CandidateSource> source_;
  std::shared_ptr<const ColdItemsSource> cold_;
  double weight_;
};

}  // namespace p5
