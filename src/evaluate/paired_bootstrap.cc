#include "evaluate/paired_bootstrap.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <numeric>
#include <vector>

#include "base/rng.h"

namespace p5 {

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
  std::sort(means.begin(), means.end());
  const auto at = [&](double share) {
    return means[static_cast<std::size_t>(share * static_cast<double>(resamples - 1))];
  };
  return {.difference = std::accumulate(differences.begin(), differences.end(), 0.0) / static_cast<double>(count),
          .low = at(0.025),
          .high = at(0.975)};
}

}  // namespace p5
