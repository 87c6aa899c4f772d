// An estimate with two intervals: by resampling, and one that holds without assumptions about the distribution.
// Thread-safe: plain values and free functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "policy/policy_estimators.h"

namespace p5 {

struct Interval {
  double low = 0, high = 0;
  bool holds(double value) const { return low <= value && value <= high; }
};

struct PolicyEstimate {
  double value = 0;  // NaN: no decision counts, as nothing that was shown would have been
  Interval bootstrap;
  std::optional<Interval> bernstein;  // none for ratios, and below two decisions
};

struct IntervalOptions {
  double confidence = 0.95;
  std::int64_t resamples = 1000;
  std::uint64_t seed = 2022;
};

// Sum of the values by the sum of the weights. The bootstrap interval is the middle `confidence` of the same over
// resampled decisions (Efron 1979, percentiles); equal seeds resample equally, whatever the estimator.
PolicyEstimate estimate_policy(std::span<const EstimatorTerm> terms, const IntervalOptions& options);

// The mean of n values within R of each other, with sample variance S: the mean +- sqrt(2 S ln(4/d) / n) +
// 7 R ln(4/d) / (3 (n - 1)) with probability 1 - d (empirical Bernstein; Maurer and Pontil 2009, theorem 4, both
// sides). R is the range of the values seen, so that the interval relies on the greatest weight having been seen.
// REQUIRES at least two values.
Interval empirical_bernstein(std::span<const double> values, double confidence);

}  // namespace p5
