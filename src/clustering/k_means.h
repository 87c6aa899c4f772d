// Groups of near points: Lloyd's k-means from the seeds of k-means++ (Arthur and Vassilvitskii, SODA 2007), with sizes
// that are free or balanced. The result depends on the points, their order and the seed, and not on the number of
// threads. Thread-safe: pure functions, which take turns in their products (retrieval/dense_algebra.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "clustering/points.h"

namespace p5 {

struct KMeansOptions {
  // kBalanced: no cluster has more than ceil(points / clusters).
  enum class Sizes : std::uint8_t { kFree, kBalanced };
  std::size_t clusters = 16;
  Sizes sizes = Sizes::kFree;
  std::int64_t rounds = 20;   // at most; fewer where no point moves
  std::size_t sample = 256;   // points per cluster that centers are learnt from, drawn by seed; 0 = all
  std::uint64_t seed = 2022;  // of the sample and of the first centers
};

struct Clusters {
  std::vector<float> centers;             // [clusters, width]; fewer where there are fewer points
  std::vector<std::uint32_t> cluster_of;  // [points]
};

// Clusters that lose all their points begin again at the point that is worst served. REQUIRES points.
Clusters cluster_points(const Points& points, const KMeansOptions& options, ThreadPool& pool);

// [points, centers] squared distances, less the squared length of the point: their order is that of the distances.
std::vector<float> relative_distances(const Points& points, std::span<const float> centers, ThreadPool& pool);

// The nearest center of each point, the first among equals.
std::vector<std::uint32_t> nearest_centers(const Points& points, std::span<const float> centers, ThreadPool& pool);

}  // namespace p5
