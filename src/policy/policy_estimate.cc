#include "policy/policy_estimate.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "base/rng.h"

namespace p5 {
namespace {

double ratio(double value, double weight) {
  return weight == 0 ? std::numeric_limits<double>::quiet_NaN() : value / weight;
}

// At a share of sorted values, between neighbors where it falls between them.
double quantile(std::span<const double> sorted, double share) {
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

Interval bootstrap(std::span<const EstimatorTerm> terms, const IntervalOptions& options) {
  Rng rng(options.seed, "off-policy bootstrap");
  std::vector<double> values;
  for (std::int64_t i = 0; i < options.resamples; ++i) {
    double value = 0, weight = 0;
    for (std::size_t drawn = 0; drawn < terms.size(); ++drawn) {
      const EstimatorTerm& term = terms[rng.below(terms.size())];
      value += term.value;
      weight += term.weight;
    }
    if (weight != 0) values.push_back(value / weight);  // else the resample tells nothing
  }
  if (values.empty()) return {.low = std::nan(""), .high = std::nan("")};
  std::ranges::sort(values);
  const double tail = (1 - options.confidence) / 2;
  return {.low = quantile(values, tail), .high = quantile(values, 1 - tail)};
}

}  // namespace

PolicyEstimate estimate_policy(std::span<const EstimatorTerm> terms, const IntervalOptions& options) {
  double value = 0, weight = 0;
  bool mean = true;
  std::vector<double> values;
  for (const EstimatorTerm& term : terms) {
    value += term.value;
    weight += term.weight;
    mean = mean && term.weight == 1;
    values.push_back(term.value);
  }
  PolicyEstimate estimate{.value = ratio(value, weight), .bootstrap = {}, .bernstein = {}};
  if (terms.empty()) {
    estimate.bootstrap = {.low = estimate.value, .high = estimate.value};
    return estimate;
  }
  estimate.bootstrap = bootstrap(terms, options);
  if (mean && terms.size() > 1) estimate.bernstein = empirical_bernstein(values, options.confidence);
  return estimate;
}

Interval empirical_bernstein(std::span<const double> values, double confidence) {
  assert(values.size() > 1);
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const auto [least, most] = std::ranges::minmax(values);
  const double log = std::log(4 / (1 - confidence));
  const double margin = std::sqrt(2 * squares / (n - 1) * log / n) + 7 * (most - least) * log / (3 * (n - 1));
  return {.low = mean - margin, .high = mean + margin};
}

}  // namespace p5
