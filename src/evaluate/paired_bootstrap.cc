#include "evaluate/paired_bootstrap.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

#include "base/rng.h"

namespace p5 {

BootstrapInterval bootstrap_interval(double difference, std::vector<double> resampled) {
  std::sort(resampled.begin(), resampled.end());
  const auto at = [&](double share) {
    return resampled[static_cast<std::size_t>(share * static_cast<double>(resampled.size() - 1))];
  };
  return {.difference = difference, .low = at(0.025), .high = at(0.975)};
}

BootstrapInterval paired_bootstrap(std::span<const double> ours, std::span<const double> theirs, std::size_t resamples,
                                   std::uint64_t seed) {
  assert(ours.size() == theirs.size());
  const std::size_t count = ours.size();
  if (count == 0 || resamples == 0) return {};
  std::vector<double> differences(count);
  for (std::size_t i = 0; i < count; ++i) differences[i] = ours[i] - theirs[i];
  Rng rng(seed, "paired bootstrap");
  std::vector<double> means(resamples);
  for (double& mean : means) {
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i) sum += differences[rng.below(count)];
    mean = sum / static_cast<double>(count);
  }
  const double difference = std::accumulate(differences.begin(), differences.end(), 0.0) / static_cast<double>(count);
  return bootstrap_interval(difference, std::move(means));
}

}  // namespace p5
