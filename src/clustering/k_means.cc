#include "clustering/k_means.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "base/draw.h"
#include "base/rng.h"
#include "retrieval/dense_algebra.h"

namespace p5 {
namespace {

constexpr std::size_t kBlock = 16384;  // points whose distances are in memory at once
constexpr std::size_t kGrain = 256;

float squared_distance(std::span<const float> a, std::span<const float> b) {
  float sum = 0.0f;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

// k-means++: each next center is a point drawn with a chance that grows with its squared distance to those before.
std::vector<float> first_centers(const Points& points, std::size_t clusters, Rng& rng, ThreadPool& pool) {
  std::vector<float> centers;
  std::vector<float> nearest(points.size(), std::numeric_limits<float>::max());
  std::size_t drawn = rng.below(points.size());
  while (true) {
    centers.insert(centers.end(), points[drawn].begin(), points[drawn].end());
    if (centers.size() == clusters * points.width) return centers;
    const auto newest = std::span<const float>(centers).last(points.width);
    pool.parallel_for(points.size(), kGrain, [&](std::size_t begin, std::size_t end, std::size_t) {
      for (std::size_t i = begin; i < end; ++i) {
        nearest[i] = std::min(nearest[i], squared_distance(points[i], newest));
      }
    });
    const double all = std::accumulate(nearest.begin(), nearest.end(), 0.0);
    double rest = rng.uniform() * all;
    drawn = 0;
    while (drawn + 1 < points.size() && (rest -= nearest[drawn]) >= 0) ++drawn;
  }
}

// Each point at its nearest cluster that has room. Points that would lose the most elsewhere choose first.
std::vector<std::uint32_t> balanced_assignment(const Points& points, std::span<const float> centers, ThreadPool& pool) {
  const std::size_t clusters = centers.size() / points.width;
  const std::size_t room = (points.size() + clusters - 1) / clusters;
  const std::vector<float> distances = relative_distances(points, centers, pool);
  const auto row = [&](std::size_t point) { return std::span(distances).subspan(point * clusters, clusters); };
  std::vector<float> regrets(points.size(), 0.0f);
  pool.parallel_for(points.size(), kGrain, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t i = begin; i < end && clusters > 1; ++i) {
      float best = std::numeric_limits<float>::max(), second = best;
      for (const float distance : row(i)) {
        if (distance < best) {
          second = std::exchange(best, distance);
        } else {
          second = std::min(second, distance);
        }
      }
      regrets[i] = second - best;
    }
  });
  std::vector<std::uint32_t> order(points.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return regrets[a] > regrets[b]; });
  std::vector<std::size_t> sizes(clusters, 0);
  std::vector<std::uint32_t> chosen(points.size());
  for (const std::uint32_t point : order) {
    std::size_t best = clusters;
    for (std::size_t c = 0; c < clusters; ++c) {
      if (sizes[c] < room && (best == clusters || row(point)[c] < row(point)[best])) best = c;
    }
    ++sizes[best];
    chosen[point] = static_cast<std::uint32_t>(best);
  }
  return chosen;
}

std::vector<std::uint32_t> assign(const Points& points, std::span<const float> centers, KMeansOptions::Sizes sizes,
                                  ThreadPool& pool) {
  return sizes == KMeansOptions::Sizes::kBalanced ? balanced_assignment(points, centers, pool)
                                                  : nearest_centers(points, centers, pool);
}

// The means of the clusters' points; returns the clusters that have none.
std::vector<std::size_t> move_centers(const Points& points, std::span<const std::uint32_t> cluster_of,
                                      std::span<float> centers) {
  const std::size_t width = points.width, clusters = centers.size() / width;
  std::vector<double> sums(centers.size(), 0.0);
  std::vector<std::size_t> sizes(clusters, 0);
  for (std::size_t i = 0; i < points.size(); ++i) {
    double* const sum = sums.data() + cluster_of[i] * width;
    for (std::size_t k = 0; k < width; ++k) sum[k] += points[i][k];
    ++sizes[cluster_of[i]];
  }
  std::vector<std::size_t> empty;
  for (std::size_t c = 0; c < clusters; ++c) {
    if (sizes[c] == 0) empty.push_back(c);
    for (std::size_t k = 0; k < width && sizes[c] > 0; ++k) {
      centers[c * width + k] = static_cast<float>(sums[c * width + k] / static_cast<double>(sizes[c]));
    }
  }
  return empty;
}

// Empty clusters begin again at the points that are farthest from their centers.
void restart(const std::vector<std::size_t>& empty, const Points& points, std::span<const std::uint32_t> cluster_of,
             std::span<float> centers) {
  if (empty.empty()) return;
  const std::size_t width = points.width;
  std::vector<std::pair<float, std::uint32_t>> worst;
  for (std::uint32_t i = 0; i < points.size(); ++i) {
    worst.emplace_back(-squared_distance(points[i], centers.subspan(cluster_of[i] * width, width)), i);
  }
  const std::size_t wanted = std::min(empty.size(), worst.size());
  std::partial_sort(worst.begin(), worst.begin() + static_cast<std::ptrdiff_t>(wanted), worst.end());
  for (std::size_t i = 0; i < wanted; ++i) {
    std::ranges::copy(points[worst[i].second], centers.begin() + static_cast<std::ptrdiff_t>(empty[i] * width));
  }
}

// The centers of a sample, and the clusters of its points.
Clusters learn(const Points& points, const KMeansOptions& options, std::size_t clusters, ThreadPool& pool) {
  Rng rng(options.seed, "k-means");
  Clusters found{.centers = first_centers(points, clusters, rng, pool), .cluster_of = {}};
  for (std::int64_t round = 0; round < options.rounds; ++round) {
    std::vector<std::uint32_t> cluster_of = assign(points, found.centers, options.sizes, pool);
    if (cluster_of == found.cluster_of) break;
    found.cluster_of = std::move(cluster_of);
    const auto empty = move_centers(points, found.cluster_of, found.centers);
    restart(empty, points, found.cluster_of, found.centers);
  }
  return found;
}

}  // namespace

std::vector<float> relative_distances(const Points& points, std::span<const float> centers, ThreadPool& pool) {
  const std::size_t width = points.width, clusters = centers.size() / width;
  std::vector<float> lengths(clusters, 0.0f);
  for (std::size_t c = 0; c < clusters; ++c) {
    for (const float value : centers.subspan(c * width, width)) lengths[c] += value * value;
  }
  std::vector<float> distances(points.size() * clusters);
  multiply_transposed(points.values, centers, width, distances, pool);
  pool.parallel_for(points.size(), kGrain, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t i = begin; i < end; ++i) {
      for (std::size_t c = 0; c < clusters; ++c) {
        float& distance = distances[i * clusters + c];
        distance = lengths[c] - 2 * distance;
      }
    }
  });
  return distances;
}

std::vector<std::uint32_t> nearest_centers(const Points& points, std::span<const float> centers, ThreadPool& pool) {
  const std::size_t clusters = centers.size() / points.width;
  std::vector<std::uint32_t> nearest(points.size());
  for (std::size_t first = 0; first < points.size(); first += kBlock) {
    const std::size_t height = std::min(kBlock, points.size() - first);
    const Points block{points.values.subspan(first * points.width, height * points.width), points.width};
    const std::vector<float> distances = relative_distances(block, centers, pool);
    for (std::size_t i = 0; i < height; ++i) {
      const auto row = std::span(distances).subspan(i * clusters, clusters);
      nearest[first + i] = static_cast<std::uint32_t>(std::ranges::min_element(row) - row.begin());
    }
  }
  return nearest;
}

Clusters cluster_points(const Points& points, const KMeansOptions& options, ThreadPool& pool) {
  const std::size_t clusters = std::clamp<std::size_t>(options.clusters, 1, points.size());
  std::vector<std::uint32_t> sample(points.size());
  std::iota(sample.begin(), sample.end(), 0u);
  const std::size_t limit = options.sample == 0 ? points.size() : options.sample * clusters;
  if (points.size() <= limit) {
    Clusters found = learn(points, options, clusters, pool);
    // The last round moved the centers.
    found.cluster_of = assign(points, found.centers, options.sizes, pool);
    return found;
  }
  keep_sample(sample, limit, Rng(options.seed, "k-means sample"));
  const std::vector<float> drawn = gather(points, sample);
  Clusters found = learn({drawn, points.width}, options, clusters, pool);
  found.cluster_of = assign(points, found.centers, options.sizes, pool);
  return found;
}

}  // namespace p5
