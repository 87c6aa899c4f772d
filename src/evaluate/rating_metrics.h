// RMSE, MAE and R2 over all predictions, the unusable ones included. Not thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "corpus/rating_scale.h"

namespace p5 {

struct RatingResult {
  std::size_t n = 0;
  double rmse = 0, mae = 0;
  double coverage = 1.0;  // share of predictions that were numbers
  // 1 - squared errors / squared deviations of the truths from their mean; none when all truths are equal.
  std::optional<double> r2 = {};
  std::vector<double> errors = {};  // predicted - truth of each prediction, in their order
};

class RatingMetrics {
 public:
  // `fallback` (the train mean) replaces predictions that are not finite numbers.
  explicit RatingMetrics(double fallback, const RatingScale& scale = {}) : fallback_(fallback), scale_(scale) {}

  // Predictions are clamped to the scale. REQUIRES a finite truth.
  void add(double truth, double predicted);
  RatingResult result() const;

 private:
  double fallback_;
  RatingScale scale_;
  std::size_t numbers_ = 0;
  std::vector<double> errors_;
  double squares_ = 0, absolutes_ = 0;
  double truth_mean_ = 0, deviations_ = 0;  // running mean and squared deviations (Welford 1962)
};

}  // namespace p5
