// A figure with half of its 95% interval: how far chance of the sampled users alone may move it. Thread-safe: plain
// values and free functions.
#pragma once

#include <cstddef>
#include <span>

namespace p5 {

struct Estimate {
  double value = 0;
  double margin = 0;  // infinite where the sample tells nothing about it
};

// The mean, and 1.96 standard errors (normal approximation). 0 for no values; fewer than two: an infinite margin.
Estimate mean_estimate(std::span<const double> values);

// sum of a / sum of b of pairs, by the delta method: a pair moves the ratio R by (a - R b) / mean of b. REQUIRES
// equally many of both, and a positive sum of b.
Estimate ratio_estimate(std::span<const double> a, std::span<const double> b);

// The standard deviation of a statistic over resamples (bootstrap, Efron 1979) times 1.96. For statistics of all users
// together, which no mean of users gives; resamples repeat users, so such a statistic may be biased in them, and only
// its spread is used.
double bootstrap_margin(std::span<const double> resampled);

}  // namespace p5
