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

// Answers with equal probabilities have the same surplus, so that no order among them decides.
double ClickMetrics::calibration_error() const {
  constexpr std::size_t kGroups = 10;
  auto sorted = answers_;
  std::ranges::sort(sorted);
  std::vector<double> surpluses;  // of predicted over observed clicks
  for (auto begin = sorted.begin(); begin != sorted.end();) {
    const auto end = std::find_if(begin, sorted.end(), [&](const auto& each) { return each.first != begin->first; });
    const auto clicks = static_cast<double>(std::count_if(begin, end, [](const auto& each) { return each.second; }));
    const auto count = static_cast<std::size_t>(end - begin);
    surpluses.insert(surpluses.end(), count, begin->first - clicks / static_cast<double>(count));
    begin = end;
  }
  const std::size_t n = surpluses.size();
  double error = 0;
  for (std::size_t group = 0; group < kGroups; ++group) {
    double surplus = 0;
    for (std::size_t i = group * n / kGroups; i < (group + 1) * n / kGroups; ++i) surplus += surpluses[i];
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
