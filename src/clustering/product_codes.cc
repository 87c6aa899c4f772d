#include "clustering/product_codes.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "clustering/principal_axes.h"

namespace p5 {
namespace {

// Which axes each part gets: the next axis goes to the part with the smallest product of variances that has room.
std::vector<std::vector<std::size_t>> deal_axes(const std::vector<float>& variances, std::size_t parts) {
  const std::size_t room = variances.size() / parts;
  std::vector<std::vector<std::size_t>> dealt(parts);
  std::vector<double> logs(parts, 0.0);
  for (std::size_t axis = 0; axis < room * parts; ++axis) {
    std::size_t best = parts;
    for (std::size_t part = 0; part < parts; ++part) {
      if (dealt[part].size() < room && (best == parts || logs[part] < logs[best])) best = part;
    }
    dealt[best].push_back(axis);
    // In units of the least variance, so that all logarithms are positive and more axes make a larger product.
    const double least = std::max(1e-12, static_cast<double>(variances.back()));
    logs[best] += std::log(std::max(1e-12, static_cast<double>(variances[axis])) / least) + 1e-9;
  }
  return dealt;
}

}  // namespace

LevelCodes product_codes(const Points& points, std::size_t levels, const KMeansOptions& options, ThreadPool& pool) {
  const PrincipalAxes analysis = principal_axes(points, pool);
  LevelCodes codes{.levels = levels,
                   .size = std::min(options.clusters, points.size()),
                   .values = std::vector<std::uint32_t>(points.size() * levels),
                   .last_points = {},
                   .last_codebook = {},
                   .last_width = points.width / levels};
  const auto dealt = deal_axes(analysis.variances, levels);
  for (std::size_t level = 0; level < levels; ++level) {
    std::vector<float> axes;
    for (const std::size_t axis : dealt[level]) {
      const auto row = std::span(analysis.axes).subspan(axis * points.width, points.width);
      axes.insert(axes.end(), row.begin(), row.end());
    }
    codes.last_points = project(points, analysis, axes, pool);
    KMeansOptions own = options;
    own.seed += level;
    Clusters found = cluster_points({codes.last_points, codes.last_width}, own, pool);
    for (std::size_t i = 0; i < points.size(); ++i) codes.values[i * levels + level] = found.cluster_of[i];
    codes.last_codebook = std::move(found.centers);
  }
  return codes;
}

}  // namespace p5
