#include "evaluate/classification_metrics.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "evaluate/estimate.h"

namespace p5 {

void ClassificationMetrics::add(bool truth, double probability) {
  assert(!std::isnan(probability));
  answers_.push_back({probability, truth});
}

// Every true "yes" beats the "no"s below it and half of those with an equal score.
void ClassificationMetrics::add_auc(ClassificationResult& result) const {
  auto sorted = answers_;
  std::sort(sorted.begin(), sorted.end(),
            [](const Answer& a, const Answer& b) { return a.probability < b.probability; });
  const auto all_yes = static_cast<std::size_t>(
      std::count_if(sorted.begin(), sorted.end(), [](const Answer& answer) { return answer.truth; }));
  const std::size_t all_no = sorted.size() - all_yes;
  if (all_yes == 0 || all_no == 0) return;
  std::vector<double> won, lost;  // by each "yes": the share of "no"s below it; by each "no": of "yes"s above it
  for (auto begin = sorted.begin(); begin != sorted.end();) {
    const auto end =
        std::find_if(begin, sorted.end(), [&](const Answer& a) { return a.probability != begin->probability; });
    const auto yes = static_cast<std::size_t>(std::count_if(begin, end, [](const Answer& a) { return a.truth; }));
    const std::size_t no = static_cast<std::size_t>(end - begin) - yes;
    const double below = static_cast<double>(lost.size()) + static_cast<double>(no) / 2;
    const double above = static_cast<double>(all_yes - won.size() - yes) + static_cast<double>(yes) / 2;
    won.insert(won.end(), yes, below / static_cast<double>(all_no));
    lost.insert(lost.end(), no, above / static_cast<double>(all_yes));
    begin = end;
  }
  const Estimate wins = mean_estimate(won), losses = mean_estimate(lost);
  result.auc = wins.value;
  result.auc_margin = std::hypot(wins.margin, losses.margin);
}

ClassificationResult ClassificationMetrics::result() const {
  if (answers_.empty()) return {};
  std::size_t right = 0, true_yes = 0, wrong = 0;
  for (const Answer& answer : answers_) {
    const bool said = answer.probability >= 0.5;
    (said == answer.truth ? right : wrong) += 1;
    true_yes += said && answer.truth;
  }
  const double f1 = true_yes == 0 ? 0
                                  : 2 * static_cast<double>(true_yes) /
                                        (2 * static_cast<double>(true_yes) + static_cast<double>(wrong));
  ClassificationResult result{
      .n = answers_.size(), .accuracy = static_cast<double>(right) / static_cast<double>(answers_.size()), .f1 = f1};
  add_auc(result);
  return result;
}

}  // namespace p5
