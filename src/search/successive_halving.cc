#include "search/successive_halving.h"

#include <algorithm>
#include <cmath>

namespace p5 {

std::vector<double> rung_budgets(const HalvingOptions& options) {
  std::vector<double> budgets;
  // Downwards from the full budget, so that the last rung has all of it.
  for (double budget = options.largest; budget > options.smallest * (1 + 1e-9); budget /= options.factor) {
    budgets.push_back(budget);
  }
  // A rung that would be nearly as large as the smallest allowed is that one.
  if (budgets.size() > 1 && budgets.back() < options.smallest * std::sqrt(options.factor)) budgets.pop_back();
  budgets.push_back(options.smallest);
  std::reverse(budgets.begin(), budgets.end());
  return budgets;
}

std::vector<std::size_t> promoted(std::span<const double> scores, double factor) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (!std::isnan(scores[i])) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  const auto most = static_cast<std::size_t>(static_cast<double>(scores.size()) / factor + 1e-9);
  order.resize(std::min(order.size(), std::max<std::size_t>(most, 1)));
  return order;
}

}  // namespace p5
