#include "clustering/residual_codes.h"

#include <algorithm>
#include <utility>

namespace p5 {

LevelCodes residual_codes(const Points& points, std::size_t levels, const KMeansOptions& options, ThreadPool& pool) {
  const std::size_t width = points.width;
  LevelCodes codes{.levels = levels,
                   .size = std::min(options.clusters, points.size()),
                   .values = std::vector<std::uint32_t>(points.size() * levels),
                   .last_points = {},
                   .last_codebook = {},
                   .last_width = width};
  std::vector<float> rest(points.values.begin(), points.values.end());
  for (std::size_t level = 0; level < levels; ++level) {
    KMeansOptions own = options;
    own.seed += level;
    Clusters found = cluster_points({rest, width}, own, pool);
    if (level + 1 == levels) codes.last_points = rest;
    for (std::size_t i = 0; i < points.size(); ++i) {
      const std::uint32_t code = codes.values[i * levels + level] = found.cluster_of[i];
      for (std::size_t k = 0; k < width; ++k) rest[i * width + k] -= found.centers[code * width + k];
    }
    codes.last_codebook = std::move(found.centers);
  }
  return codes;
}

}  // namespace p5
