#include "evaluate/rating_metrics.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

namespace p5 {

void RatingMetrics::add(double truth, double predicted) {
  assert(std::isfinite(truth));
  if (std::isfinite(predicted)) {
    ++numbers_;
  } else {
    predicted = fallback_;
  }
  const double error = std::clamp(predicted, scale_.minimum, scale_.maximum) - truth;
  squares_.push_back(error * error);
  absolutes_.push_back(std::abs(error));
  const double before = truth - truth_mean_;
  truth_mean_ += before / static_cast<double>(squares_.size());
  deviations_ += before * (truth - truth_mean_);
}

RatingResult RatingMetrics::result() const {
  if (squares_.empty()) return {};
  const auto count = static_cast<double>(squares_.size());
  const double squares = std::accumulate(squares_.begin(), squares_.end(), 0.0);
  return {.n = squares_.size(),
          .rmse = std::sqrt(squares / count),
          .mae = std::accumulate(absolutes_.begin(), absolutes_.end(), 0.0) / count,
          .coverage = static_cast<double>(numbers_) / count,
          .r2 = deviations_ > 0 ? std::optional(1 - squares / deviations_) : std::nullopt,
          .squares = squares_,
          .absolutes = absolutes_};
}

}  // namespace p5
