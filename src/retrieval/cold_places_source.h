// A source of lists of log-probabilities that keeps places for items without training events: each stands where its
// probability by content puts it (cold_items.h). Questions with candidates are passed on as they are. Thread-safe where
// the source is.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "corpus/split.h"
#include "p5/stop_token.h"
#include "retrieval/cold_items.h"
#include "retrieval/list_scale.h"

namespace p5 {

class ColdPlacesSource final : public CandidateSource {
 public:
  static constexpr std::size_t kList = 20;  // items of a list that its scores are calibrated by

  // `weight` as ColdOptions::weight. Where the calibration is not known, scores are taken at their word.
  ColdPlacesSource(std::unique_ptr<CandidateSource> source, std::shared_ptr<const ColdItemsSource> cold,
                   const ListCalibration& calibration, double weight)
      : source_(std::move(source)), cold_(std::move(cold)), calibration_(calibration), weight_(weight) {}

  std::string name() const override { return source_->name(); }
  std::vector<std::vector<Candidate>> retrieve(std::span<const CandidateQuery> queries, std::size_t k) const override;
  std::size_t queries_at_once() const override { return source_->queries_at_once(); }

 private:
  std::unique_ptr<CandidateSource> source_;
  std::shared_ptr<const ColdItemsSource> cold_;
  ListCalibration calibration_;
  double weight_;
};

// By the lists of a source for at most 1,000 validation users, drawn by seed, without cold items. Throws Interrupted.
ListCalibration calibrate_source(const CandidateSource& source, const ColdItemsSource& cold, const Split& split,
                                 const StopToken& stop = {});

}  // namespace p5
