#include "retrieval/category_profile.h"

#include <cassert>
#include <cmath>

namespace p5 {

bool CategoryProfile::add(ItemId item, std::span<double> sums) const {
  const auto own = categories_.of(item);
  for (const std::uint32_t category : own) sums[category] += 1.0 / static_cast<double>(own.size());
  return !own.empty();
}

std::vector<double> CategoryProfile::of(std::span<const ItemId> items) const {
  std::vector<double> shares(categories_.feature_count());
  double count = 0;
  for (const ItemId item : items) count += add(item, shares) ? 1.0 : 0.0;
  if (count > 0) {
    for (double& share : shares) share /= count;
  }
  return shares;
}

double miscalibration(std::span<const double> p, std::span<const double> q, double alpha) {
  assert(p.size() == q.size());
  double sum = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (p[i] > 0) sum += p[i] * std::log(p[i] / ((1.0 - alpha) * q[i] + alpha * p[i]));
  }
  return sum;
}

}  // namespace p5
