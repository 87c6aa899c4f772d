#include "text/lbfgs.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <numeric>
#include <utility>

namespace p5 {
namespace {

using Vector = std::vector<double>;

double dot(const Vector& a, const Vector& b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); }

void add_scaled(double scale, const Vector& from, Vector& to) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += scale * from[i];
}

struct Pair {
  Vector step, change;  // of x and of the gradient
};

// The two-loop recursion: the inverse Hessian that the pairs imply, times the gradient.
Vector direction_of(const Vector& gradient, const std::deque<Pair>& pairs) {
  Vector direction = gradient;
  if (pairs.empty()) {
    const double norm = std::sqrt(dot(gradient, gradient));
    for (double& value : direction) value /= norm;
    return direction;
  }
  Vector alphas(pairs.size());
  for (std::size_t i = pairs.size(); i-- > 0;) {
    alphas[i] = dot(pairs[i].step, direction) / dot(pairs[i].step, pairs[i].change);
    add_scaled(-alphas[i], pairs[i].change, direction);
  }
  const Pair& last = pairs.back();
  const double scale = dot(last.step, last.change) / dot(last.change, last.change);
  for (double& value : direction) value *= scale;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const double beta = dot(pairs[i].change, direction) / dot(pairs[i].step, pairs[i].change);
    add_scaled(alphas[i] - beta, pairs[i].step, direction);
  }
  return direction;
}

}  // namespace

std::vector<double> minimize_lbfgs(const Objective& objective, std::vector<double> start, const LbfgsOptions& options) {
  constexpr double kDecrease = 1e-4, kCurvature = 1e-12;  // Armijo's constant; pairs below it are not remembered
  constexpr int kHalvings = 30;
  Vector x = std::move(start), gradient(x.size()), next(x.size()), next_gradient(x.size());
  double value = objective(x, gradient);
  const double end = options.tolerance * std::sqrt(dot(gradient, gradient));
  std::deque<Pair> pairs;
  for (std::size_t i = 0; i < options.iterations && std::sqrt(dot(gradient, gradient)) > end; ++i) {
    const Vector direction = direction_of(gradient, pairs);
    const double slope = dot(gradient, direction);
    double length = 1, next_value = value;
    bool lower = false;
    for (int halving = 0; halving < kHalvings && !lower; ++halving, length /= 2) {
      next = x;
      add_scaled(-length, direction, next);
      next_value = objective(next, next_gradient);
      lower = next_value <= value - kDecrease * length * slope;
    }
    if (!lower) break;
    Pair pair{.step = next, .change = next_gradient};
    add_scaled(-1, x, pair.step);
    add_scaled(-1, gradient, pair.change);
    if (dot(pair.step, pair.change) > kCurvature) pairs.push_back(std::move(pair));
    if (pairs.size() > options.memory) pairs.pop_front();
    std::swap(x, next);
    std::swap(gradient, next_gradient);
    value = next_value;
  }
  return x;
}

}  // namespace p5
