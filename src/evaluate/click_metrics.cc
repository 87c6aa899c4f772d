#include "evaluate/click_metrics.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

namespace p5 {

void ClickMetrics::add(bool clicked, double probability) {
  assert(probability >= 0 && probability <= 1);
  answers_.emplace_back(probability, clicked);
  ranking_.add(clicked, probability);
}

double ClickMetrics::calibration_error() const {
  constexpr std::size_t kGroups = 10;
  auto sorted = answers_;
  std::ranges::sort(sorted);
  const std::size_t n = sorted.size();
  double error = 0;
  for (std::size_t group = 0; group < kGroups; ++group) {
    double surplus = 0;  // of predicted over observed clicks
    for (std::size_t i = group * n / kGroups; i < (group + 1) * n / kGroups; ++i) {
      surplus += sorted[i].first - (sorted[i].second ? 1 : 0);
    }
    error += std::abs(surplus);
  }
  return error / static_cast<double>(n);
}

ClickResult ClickMetrics::result() const {
  if (answers_.empty()) return {};
  constexpr double kLeast = 1e-6;
  ClickResult result;
  for (const auto& [probability, clicked] : answers_) {
    const double p = std::clamp(probability, kLeast, 1 - kLeast);
    result.log_losses.push_back(-std::log(clicked ? p : 1 - p));
  }
  result.log_loss =
      std::accumulate(result.log_losses.begin(), result.log_losses.end(), 0.0) / static_cast<double>(answers_.size());
  result.calibration_error = calibration_error();
  const ClassificationResult ranking = ranking_.result();
  result.auc = ranking.auc;
  result.auc_margin = ranking.auc_margin;
  return result;
}

}  // namespace p5
