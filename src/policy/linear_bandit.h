// A linear model of rewards that learns from each one: r = theta x + noise, by ridge regression. A = I + sum of x x',
// b = sum of r x, theta = A^-1 b; A^-1 is kept by the formula of Sherman and Morrison. Its uncertainty is what LinUCB
// (Li et al. 2010) adds, theta x + alpha sqrt(x' A^-1 x), and what linear Thompson sampling (Agrawal and Goyal 2013)
// draws, theta ~ N(A^-1 b, v^2 A^-1). Not thread-safe.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/rng.h"

namespace p5 {

class LinearBandit {
 public:
  explicit LinearBandit(std::size_t features, double ridge = 1);

  std::size_t features() const { return size_; }
  // REQUIRES as many values as features, here and below.
  void learn(std::span<const double> x, double reward);
  // `reward` more for an x that was learnt from: what it earned since.
  void add_reward(std::span<const double> x, double reward);
  double predict(std::span<const double> x) const;
  // sqrt(x' A^-1 x): how little is known in the direction of x.
  double uncertainty(std::span<const double> x) const;
  const std::vector<double>& theta() const { return theta_; }
  // L of A^-1 = L L', [features, features], row after row, zero above its diagonal.
  std::vector<double> lower_of_inverse() const;
  // A theta as it may be, drawn with standard deviations `scale` times those of the model.
  std::vector<double> draw_theta(double scale, Rng& rng) const;

  // A^-1 [features, features] and b [features]: all that it knows.
  const std::vector<double>& inverse() const { return inverse_; }
  const std::vector<double>& b() const { return b_; }
  // REQUIRES values of these sizes.
  void restore(std::vector<double> inverse, std::vector<double> b);

 private:
  std::vector<double> times_inverse(std::span<const double> x) const;

  std::size_t size_;
  std::vector<double> inverse_;  // A^-1 [size, size]
  std::vector<double> b_, theta_;
};

}  // namespace p5
