#include "privacy/rdp_accountant.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace p5 {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kMostNoise = 1e5;

double log_add(double a, double b) {
  const double high = std::max(a, b), low = std::min(a, b);
  return low == -kInfinity ? high : high + std::log1p(std::exp(low - high));
}

// log(exp(a) - exp(b)). REQUIRES a >= b.
double log_subtract(double a, double b) {
  if (b == -kInfinity) return a;
  return a == b ? -kInfinity : a + std::log(-std::expm1(b - a));
}

// log erfc(x): far out by its asymptotic series, where erfc itself is 0 in double precision.
double log_erfc(double x) {
  if (x < 20) return std::log(std::erfc(x));
  const double s = 1 / (2 * x * x);
  return -x * x - std::log(x * std::sqrt(M_PI)) + std::log1p(-s + 3 * s * s - 15 * s * s * s);
}

double log_binomial(double n, double k) { return std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1); }

// log A of a whole order: a finite sum (section 3.3 of Mironov, Talwar and Zhang).
double log_moment_of_whole(double rate, double noise, std::int64_t order) {
  double sum = -kInfinity;
  for (std::int64_t k = 0; k <= order; ++k) {
    const double term = log_binomial(static_cast<double>(order), static_cast<double>(k)) +
                        static_cast<double>(k) * std::log(rate) + static_cast<double>(order - k) * std::log1p(-rate) +
                        static_cast<double>(k * k - k) / (2 * noise * noise);
    sum = log_add(sum, term);
  }
  return sum;
}

// log A of any other order: two series whose signs alternate in the end, so that the rest is below the last term. Terms
// shrink by a power of their number only, the slower the smaller the order.
double log_moment(double rate, double noise, double order) {
  constexpr int kMostTerms = 200000;
  double plus = -kInfinity, minus = -kInfinity;  // logarithms of the sums of positive and of negative terms
  double log_coefficient = 0, sign = 1;          // of the binomial coefficient (order over i)
  const double middle = noise * noise * std::log(1 / rate - 1) + 0.5;
  const double log_rate = std::log(rate), log_rest = std::log1p(-rate), root = std::sqrt(2.0) * noise;
  for (int i = 0; i < kMostTerms; ++i) {
    const double rest = order - i, term = i;
    const double lower = log_coefficient + i * log_rate + rest * log_rest + (term * term - term) / (2 * noise * noise) +
                         std::log(0.5) + log_erfc((i - middle) / root);
    const double upper = log_coefficient + rest * log_rate + i * log_rest + (rest * rest - rest) / (2 * noise * noise) +
                         std::log(0.5) + log_erfc((middle - rest) / root);
    double& sum = sign > 0 ? plus : minus;
    sum = log_add(sum, log_add(lower, upper));
    if (i > order && std::max(lower, upper) < plus - 30) return minus > plus ? kInfinity : log_subtract(plus, minus);
    const double factor = (order - i) / (i + 1);
    log_coefficient += std::log(std::abs(factor));
    if (factor < 0) sign = -sign;
  }
  return kInfinity;
}

std::vector<double> listed_orders() {
  std::vector<double> orders;
  for (int i = 1; i < 100; ++i) orders.push_back(1 + i / 10.0);
  for (int i = 11; i < 64; ++i) orders.push_back(i);
  for (const int i : {128, 256, 512, 1024}) orders.push_back(i);
  return orders;
}

}  // namespace

double renyi_divergence(double rate, double noise, double order) {
  if (rate == 0) return 0;
  if (noise == 0 || !std::isfinite(order)) return kInfinity;
  if (rate == 1) return order / (2 * noise * noise);
  const double whole = std::round(order);
  const double moment = order == whole ? log_moment_of_whole(rate, noise, static_cast<std::int64_t>(whole))
                                       : log_moment(rate, noise, order);
  return std::max(0.0, moment / (order - 1));
}

std::span<const double> renyi_orders() {
  static const std::vector<double> kOrders = listed_orders();
  return kOrders;
}

PrivacySpent epsilon_of(std::span<const SampledGaussian> done, double delta) {
  PrivacySpent best{.epsilon = kInfinity, .order = 0};
  if (std::ranges::all_of(done, [](const SampledGaussian& part) { return part.steps == 0; })) return {};
  for (const double order : renyi_orders()) {
    double divergence = 0;
    for (const SampledGaussian& part : done) {
      if (part.steps > 0) {
        divergence += static_cast<double>(part.steps) * renyi_divergence(part.rate, part.noise, order);
      }
    }
    const double epsilon =
        divergence - (std::log(delta) + std::log(order)) / (order - 1) + std::log((order - 1) / order);
    if (epsilon < best.epsilon) best = {.epsilon = epsilon, .order = order};
  }
  best.epsilon = std::max(0.0, best.epsilon);
  return best;
}

PrivacySpent epsilon_of(const SampledGaussian& done, double delta) { return epsilon_of(std::span(&done, 1), delta); }

double noise_for(double epsilon, double delta, double rate, std::int64_t steps) {
  const auto spends = [&](double noise) {
    return epsilon_of({.rate = rate, .noise = noise, .steps = steps}, delta).epsilon;
  };
  double high = 1;
  while (spends(high) > epsilon) {
    if (high > kMostNoise) return kInfinity;
    high *= 2;
  }
  double low = 0;
  while (high - low > 1e-4 * high) {
    const double middle = (low + high) / 2;
    (spends(middle) > epsilon ? low : high) = middle;
  }
  return high;
}

std::int64_t steps_for(double epsilon, double delta, double rate, double noise) {
  const auto spends = [&](std::int64_t steps) {
    return epsilon_of({.rate = rate, .noise = noise, .steps = steps}, delta).epsilon;
  };
  std::int64_t low = 0, high = 1;
  while (spends(high) <= epsilon && high < (std::int64_t{1} << 40)) {
    low = high;
    high *= 2;
  }
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (spends(middle) <= epsilon ? low : high) = middle;
  }
  return low;
}

}  // namespace p5
