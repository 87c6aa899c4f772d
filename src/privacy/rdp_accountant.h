// What training with noise costs in privacy: Renyi differential privacy of the Gaussian mechanism on a Poisson sample
// (Mironov, Talwar and Zhang 2019, arXiv 1908.10530), composed over steps (Mironov 2017, arXiv 1702.07476) and
// converted to (epsilon, delta) (Balle et al. 2020, arXiv 1905.09982; Canonne, Kamath and Steinke 2020, proposition
// 12). Neighbours differ by one unit that is added or removed. Thread-safe: free functions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace p5 {

// Steps of one mechanism: each unit is in a step's sample with probability `rate`, independently; what units contribute
// is clipped to a norm C, and Gaussian noise of standard deviation noise * C is added to the sum.
struct SampledGaussian {
  double rate = 1;         // (0, 1]
  double noise = 1;        // above 0
  std::int64_t steps = 1;  // 0 or more
};

struct PrivacySpent {
  double epsilon = 0;
  double order = 0;  // the order of Renyi's divergence that gave it
};

// Of one step at order `order` > 1, whole or not. Infinite where the series does not converge in double precision.
double renyi_divergence(double rate, double noise, double order);

// The orders that epsilon_of() minimises over: those of Opacus and TensorFlow Privacy.
std::span<const double> renyi_orders();

// The smallest epsilon at `delta` for all steps together; 0 for no steps. REQUIRES 0 < delta < 1.
PrivacySpent epsilon_of(std::span<const SampledGaussian> done, double delta);
PrivacySpent epsilon_of(const SampledGaussian& done, double delta);

// The smallest noise, to 0.01 %, that keeps `steps` steps at or below `epsilon`; infinite where no noise does.
double noise_for(double epsilon, double delta, double rate, std::int64_t steps);
// The most steps that this noise allows.
std::int64_t steps_for(double epsilon, double delta, double rate, double noise);

}  // namespace p5
