#include "policy/linear_bandit.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>
#include <utility>

namespace p5 {
namespace {

double product(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

// The lower triangle L of a symmetric positive matrix, L L' = matrix (Cholesky).
std::vector<double> lower_triangle(const std::vector<double>& matrix, std::size_t size) {
  std::vector<double> lower(size * size, 0.0);
  for (std::size_t row = 0; row < size; ++row) {
    for (std::size_t column = 0; column <= row; ++column) {
      double rest = matrix[row * size + column];
      for (std::size_t k = 0; k < column; ++k) rest -= lower[row * size + k] * lower[column * size + k];
      lower[row * size + column] =
          row == column ? std::sqrt(std::max(rest, 0.0)) : rest / std::max(lower[column * size + column], 1e-12);
    }
  }
  return lower;
}

}  // namespace

LinearBandit::LinearBandit(std::size_t features, double ridge)
    : size_(features), inverse_(features * features, 0.0), b_(features, 0.0), theta_(features, 0.0) {
  for (std::size_t i = 0; i < size_; ++i) inverse_[i * size_ + i] = 1 / ridge;
}

std::vector<double> LinearBandit::times_inverse(std::span<const double> x) const {
  std::vector<double> result(size_);
  for (std::size_t row = 0; row < size_; ++row) {
    result[row] = product(std::span(inverse_).subspan(row * size_, size_), x);
  }
  return result;
}

void LinearBandit::learn(std::span<const double> x, double reward) {
  assert(x.size() == size_);
  const std::vector<double> direction = times_inverse(x);
  const double scale = 1 / (1 + product(direction, x));
  for (std::size_t row = 0; row < size_; ++row) {
    for (std::size_t column = 0; column < size_; ++column) {
      inverse_[row * size_ + column] -= scale * direction[row] * direction[column];
    }
    b_[row] += reward * x[row];
  }
  theta_ = times_inverse(b_);
}

void LinearBandit::add_reward(std::span<const double> x, double reward) {
  assert(x.size() == size_);
  for (std::size_t row = 0; row < size_; ++row) b_[row] += reward * x[row];
  theta_ = times_inverse(b_);
}

void LinearBandit::restore(std::vector<double> inverse, std::vector<double> b) {
  assert(inverse.size() == size_ * size_ && b.size() == size_);
  inverse_ = std::move(inverse);
  b_ = std::move(b);
  theta_ = times_inverse(b_);
}

std::vector<double> LinearBandit::lower_of_inverse() const { return lower_triangle(inverse_, size_); }

double LinearBandit::predict(std::span<const double> x) const { return product(theta_, x); }

double LinearBandit::uncertainty(std::span<const double> x) const {
  return std::sqrt(std::max(0.0, product(times_inverse(x), x)));
}

std::vector<double> LinearBandit::draw_theta(double scale, Rng& rng) const {
  const std::vector<double> lower = lower_of_inverse();
  std::vector<double> lots(size_), drawn = theta_;
  for (double& lot : lots) lot = rng.normal();
  for (std::size_t row = 0; row < size_; ++row) {
    for (std::size_t k = 0; k <= row; ++k) drawn[row] += scale * lower[row * size_ + k] * lots[k];
  }
  return drawn;
}

}  // namespace p5
