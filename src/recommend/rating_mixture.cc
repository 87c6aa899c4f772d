#include "recommend/rating_mixture.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace p5 {
namespace {

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// Mean product of the deviations of both from their means.
double covariance(std::span<const double> a, std::span<const double> b) {
  const double mean_a = mean_of(a), mean_b = mean_of(b);
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - mean_a) * (b[i] - mean_b);
  return sum / static_cast<double>(a.size());
}

}  // namespace

// Coordinate descent: with all other shares as they are, the best share of a part has a closed form, and the squared
// error has no other minimum than the least one.
RatingMixture RatingMixture::fit(std::vector<std::string> parts, const std::vector<std::vector<double>>& stars,
                                 std::span<const double> truth) {
  constexpr std::size_t kReviewsPerPart = 10;
  constexpr int kRounds = 500;
  const std::size_t count = parts.size();
  if (truth.size() < kReviewsPerPart * count) return {};
  std::vector<double> with_truth(count), products(count * count), shares(count);
  for (std::size_t a = 0; a < count; ++a) {
    with_truth[a] = covariance(stars[a], truth);
    for (std::size_t b = 0; b < count; ++b) products[a * count + b] = covariance(stars[a], stars[b]);
  }
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t a = 0; a < count; ++a) {
      const double own = products[a * count + a];
      if (own <= 0) continue;  // says the same of every review
      double rest = with_truth[a] + shares[a] * own;
      for (std::size_t b = 0; b < count; ++b) rest -= shares[b] * products[a * count + b];
      shares[a] = std::max(0.0, rest / own);
    }
  }
  double offset = mean_of(truth);
  for (std::size_t a = 0; a < count; ++a) offset -= shares[a] * mean_of(stars[a]);
  return {.parts = std::move(parts), .shares = std::move(shares), .offset = offset};
}

double RatingMixture::of(std::span<const double> stars, const RatingScale& scale) const {
  return scale.clamp(std::inner_product(shares.begin(), shares.end(), stars.begin(), offset));
}

}  // namespace p5
