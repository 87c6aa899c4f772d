// The items that a predictor of ratings expects the user to rate highest. Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "retrieval/rating_predictor.h"
#include "retrieval/scoring_source.h"

namespace p5 {

class RatedSource final : public ScoringSource {
 public:
  // Looks at the user of a query and not at its history; users without ratings get the items that all users rate
  // highest.
  RatedSource(std::string name, std::shared_ptr<const RatingPredictor> predictor, std::size_t item_count)
      : ScoringSource(item_count), name_(std::move(name)), predictor_(std::move(predictor)) {}

  std::string name() const override { return name_; }
  const RatingPredictor& predictor() const { return *predictor_; }

 protected:
  void score(const CandidateQuery& query, std::span<float> scores) const override;

 private:
  std::string name_;
  std::shared_ptr<const RatingPredictor> predictor_;
};

}  // namespace p5
