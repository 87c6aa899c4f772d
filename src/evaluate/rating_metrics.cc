#include "evaluate/rating_metrics.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace p5 {

void RatingMetrics::add(double truth, double predicted) {
  assert(std::isfinite(truth));
  if (std::isfinite(predicted)) {
    ++numbers_;
  } else {
    predicted = fallback_;
  }
  const double error = scale_.clamp(predicted) - truth;
  errors_.push_back(error);
  squares_ += error * error;
  absolutes_ += std::abs(error);
  const double before = truth - truth_mean_;
  truth_mean_ += before / static_cast<double>(errors_.size());
  deviations_ += before * (truth - truth_mean_);
}

RatingResult RatingMetrics::result() const {
  if (errors_.empty()) return {};
  const auto count = static_cast<double>(errors_.size());
  return {.n = errors_.size(),
          .rmse = std::sqrt(squares_ / count),
          .mae = absolutes_ / count,
          .coverage = static_cast<double>(numbers_) / count,
          .r2 = deviations_ > 0 ? std::optional(1 - squares_ / deviations_) : std::nullopt,
          .errors = errors_};
}

}  // namespace p5
