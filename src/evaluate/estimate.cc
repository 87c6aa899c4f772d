#include "evaluate/estimate.h"

#include <cassert>
#include <cmath>
#include <limits>
#include <vector>

namespace p5 {
namespace {

constexpr double kNormal95 = 1.96;

double mean_of(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

// Infinite for fewer than two.
double deviation_of(std::span<const double> values) {
  if (values.size() < 2) return std::numeric_limits<double>::infinity();
  const double mean = mean_of(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

}  // namespace

Estimate mean_estimate(std::span<const double> values) {
  return {mean_of(values), kNormal95 * deviation_of(values) / std::sqrt(static_cast<double>(values.size()))};
}

Estimate ratio_estimate(std::span<const double> a, std::span<const double> b) {
  assert(a.size() == b.size());
  const double below = mean_of(b), ratio = mean_of(a) / below;
  std::vector<double> moves(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) moves[i] = (a[i] - ratio * b[i]) / below;
  return {ratio, mean_estimate(moves).margin};
}

double bootstrap_margin(std::span<const double> resampled) { return kNormal95 * deviation_of(resampled); }

}  // namespace p5
