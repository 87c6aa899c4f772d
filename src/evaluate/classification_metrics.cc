#include "evaluate/classification_metrics.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace p5 {

void ClassificationMetrics::add(bool truth, double probability) {
  assert(!std::isnan(probability));
  answers_.push_back({probability, truth});
}

// Every true "yes" beats the "no"s below it and half of those with an equal score.
std::optional<double> ClassificationMetrics::auc() const {
  auto sorted = answers_;
  std::sort(sorted.begin(), sorted.end(),
            [](const Answer& a, const Answer& b) { return a.probability < b.probability; });
  double won = 0, yes = 0, no = 0;
  for (auto begin = sorted.begin(); begin != sorted.end();) {
    const auto end =
        std::find_if(begin, sorted.end(), [&](const Answer& a) { return a.probability != begin->probability; });
    const auto here = static_cast<double>(std::count_if(begin, end, [](const Answer& a) { return a.truth; }));
    const double others = static_cast<double>(end - begin) - here;
    won += here * (no + others / 2);
    yes += here;
    no += others;
    begin = end;
  }
  if (yes == 0 || no == 0) return std::nullopt;
  return won / (yes * no);
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
  return {.n = answers_.size(),
          .accuracy = static_cast<double>(right) / static_cast<double>(answers_.size()),
          .f1 = f1,
          .auc = auc()};
}

}  // namespace p5
