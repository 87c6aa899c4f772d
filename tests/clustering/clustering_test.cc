#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "base/rng.h"
#include "clustering/k_means.h"
#include "clustering/principal_axes.h"
#include "clustering/product_codes.h"
#include "clustering/residual_codes.h"
#include "clustering/spectral_clusters.h"

namespace p5 {
namespace {

std::vector<float> random_points(std::size_t count, std::size_t width, std::uint64_t seed = 1) {
  Rng rng(seed, "points");
  std::vector<float> values(count * width);
  for (float& value : values) value = static_cast<float>(rng.normal());
  return values;
}

double error_of(const Points& points, const std::vector<float>& rebuilt) {
  double sum = 0;
  for (std::size_t i = 0; i < rebuilt.size(); ++i) sum += std::pow(points.values[i] - rebuilt[i], 2);
  return sum / static_cast<double>(points.size());
}

TEST(KMeans, LeavesNoPointFartherThanItsNearestCenter) {
  const std::vector<float> values = random_points(300, 3);
  const Points points{values, 3};
  ThreadPool pool(2);
  const Clusters found = cluster_points(points, {.clusters = 9}, pool);
  const auto distance = [&](std::size_t point, std::size_t center) {
    double sum = 0;
    for (std::size_t i = 0; i < 3; ++i) sum += std::pow(points[point][i] - found.centers[center * 3 + i], 2);
    return sum;
  };
  for (std::size_t i = 0; i < points.size(); ++i) {
    for (std::size_t c = 0; c < 9; ++c) EXPECT_LE(distance(i, found.cluster_of[i]), distance(i, c) + 1e-4);
  }
}

TEST(KMeans, IsTheSameForAnyNumberOfThreadsAndSeeded) {
  const std::vector<float> values = random_points(5000, 8);
  ThreadPool one(1), three(3);
  const KMeansOptions options{.clusters = 12, .sample = 50};
  EXPECT_EQ(cluster_points({values, 8}, options, one).cluster_of,
            cluster_points({values, 8}, options, three).cluster_of);
  KMeansOptions other = options;
  other.seed = 3;
  EXPECT_NE(cluster_points({values, 8}, options, one).cluster_of, cluster_points({values, 8}, other, one).cluster_of);
}

TEST(KMeans, BalancedSizesAreBounded) {
  std::vector<float> values = random_points(101, 2);
  for (std::size_t i = 0; i < 80; ++i) values[2 * i] = values[2 * i + 1] = 5.0f;  // most points are one
  ThreadPool pool(2);
  const Clusters found = cluster_points({values, 2}, {.clusters = 7, .sizes = KMeansOptions::Sizes::kBalanced}, pool);
  std::map<std::uint32_t, std::size_t> sizes;
  for (const std::uint32_t cluster : found.cluster_of) ++sizes[cluster];
  for (const auto& [cluster, size] : sizes) EXPECT_LE(size, 15u);
}

TEST(KMeans, HasNoMoreClustersThanPoints) {
  const std::vector<float> values = random_points(3, 2);
  ThreadPool pool(1);
  EXPECT_EQ(cluster_points({values, 2}, {.clusters = 10}, pool).centers.size(), 6u);
}

TEST(ResidualCodes, EveryLevelComesNearer) {
  const std::vector<float> values = random_points(400, 6);
  const Points points{values, 6};
  ThreadPool pool(2);
  double before = 1e9;
  for (const std::size_t levels : {1, 2, 3}) {
    const LevelCodes codes = residual_codes(points, levels, {.clusters = 8}, pool);
    std::vector<float> rebuilt = values;
    for (std::size_t i = 0; i < points.size(); ++i) {
      for (std::size_t k = 0; k < 6; ++k) {
        // Point less what the last level was given, and that level's code: the sum of all codes.
        rebuilt[i * 6 + k] =
            values[i * 6 + k] - codes.last_points[i * 6 + k] + codes.last_codebook[codes.of(i).back() * 6 + k];
      }
    }
    const double error = error_of(points, rebuilt);
    EXPECT_LT(error, 0.8 * before);
    before = error;
  }
}

TEST(LevelCodes, SinkhornSeparatesEveryGroupThatHasRoom) {
  const std::vector<float> values = random_points(400, 6);
  ThreadPool pool(2);
  LevelCodes codes = residual_codes({values, 6}, 2, {.clusters = 40}, pool);
  const std::vector<std::uint32_t> before = codes.values;
  ASSERT_GT(colliding_points(codes), 0u);
  separate_by_sinkhorn(codes);
  EXPECT_EQ(colliding_points(codes), 0u);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < before.size(); ++i) kept += before[i] == codes.values[i];
  EXPECT_GT(kept, before.size() * 3 / 4) << "most codes stay";
  for (std::size_t i = 0; i < before.size(); i += 2) EXPECT_EQ(before[i], codes.values[i]) << "the first level stays";
}

TEST(LevelCodes, SinkhornLeavesGroupsWithoutRoom) {
  const std::vector<float> values(20, 1.0f);  // ten equal points of width 2
  ThreadPool pool(1);
  LevelCodes codes = residual_codes({values, 2}, 1, {.clusters = 4}, pool);
  separate_by_sinkhorn(codes);
  EXPECT_EQ(colliding_points(codes), 10u);
}

TEST(PrincipalAxes, AreOrthonormalWithDescendingVariances) {
  std::vector<float> values = random_points(500, 4);
  for (std::size_t i = 0; i < values.size(); i += 4) values[i] *= 5;
  ThreadPool pool(2);
  const PrincipalAxes found = principal_axes({values, 4}, pool);
  EXPECT_TRUE(std::is_sorted(found.variances.rbegin(), found.variances.rend()));
  EXPECT_NEAR(std::abs(found.axes[0]), 1, 0.01);
  for (std::size_t a = 0; a < 4; ++a) {
    for (std::size_t b = 0; b < 4; ++b) {
      double product = 0;
      for (std::size_t i = 0; i < 4; ++i) product += double(found.axes[a * 4 + i]) * found.axes[b * 4 + i];
      EXPECT_NEAR(product, a == b ? 1 : 0, 1e-5);
    }
  }
}

TEST(ProductCodes, PartsHaveAboutTheSameToSay) {
  std::vector<float> values = random_points(2000, 4);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] *= i % 4 < 2 ? 10 : 1;  // two strong axes, two weak ones
  ThreadPool pool(2);
  const LevelCodes codes = product_codes({values, 4}, 2, {.clusters = 16}, pool);
  ASSERT_EQ(codes.last_width, 2u);
  // The last part holds one strong axis and one weak one.
  double sums[2] = {0, 0};
  for (std::size_t i = 0; i < codes.last_points.size(); ++i) sums[i % 2] += std::pow(codes.last_points[i], 2);
  EXPECT_GT(std::max(sums[0], sums[1]) / 2000, 50);
  EXPECT_LT(std::min(sums[0], sums[1]) / 2000, 5);
}

// Cliques of 8 nodes with a thin ring of edges between them.
SparseRows ring_of_cliques(std::size_t cliques) {
  std::vector<std::vector<ItemWeight>> rows(cliques * 8);
  const auto connect = [&](std::size_t a, std::size_t b, float weight) {
    rows[a].push_back({static_cast<ItemId>(b), weight});
    rows[b].push_back({static_cast<ItemId>(a), weight});
  };
  for (std::size_t clique = 0; clique < cliques; ++clique) {
    for (std::size_t i = 0; i < 8; ++i) {
      for (std::size_t j = 0; j < i; ++j) connect(clique * 8 + i, clique * 8 + j, 1.0f);
    }
    connect(clique * 8, (clique + 1) % cliques * 8 + 3, 0.2f);
  }
  for (auto& row : rows) std::ranges::sort(row, {}, &ItemWeight::item);
  return SparseRows(std::move(rows));
}

TEST(SpectralClusters, FindCliquesWhateverTheThreads) {
  ThreadPool one(1), three(3);
  const SparseRows graph = ring_of_cliques(5);
  const auto found = spectral_clusters(graph, {.clusters = 5}, one);
  EXPECT_EQ(found, spectral_clusters(graph, {.clusters = 5}, three));
  std::set<std::uint32_t> used;
  for (std::size_t clique = 0; clique < 5; ++clique) {
    used.insert(found[clique * 8]);
    for (std::size_t i = 1; i < 8; ++i) EXPECT_EQ(found[clique * 8 + i], found[clique * 8]);
  }
  EXPECT_EQ(used.size(), 5u);
}

TEST(SpectralClusters, TakeGraphsInPiecesAndWithoutEdges) {
  ThreadPool pool(1);
  EXPECT_EQ(spectral_clusters(SparseRows(std::vector<std::vector<ItemWeight>>(4)), {.clusters = 3}, pool),
            std::vector<std::uint32_t>(4, 0));
  // Two triangles.
  std::vector<std::vector<ItemWeight>> rows(6);
  for (std::size_t base : {0, 3}) {
    for (std::size_t i = 0; i < 3; ++i) {
      for (std::size_t j = 0; j < 3; ++j) {
        if (i != j) rows[base + i].push_back({static_cast<ItemId>(base + j), 1.0f});
      }
    }
  }
  const auto found = spectral_clusters(SparseRows(std::move(rows)), {.clusters = 2}, pool);
  EXPECT_EQ(found[0], found[1]);
  EXPECT_EQ(found[0], found[2]);
  EXPECT_EQ(found[3], found[4]);
  EXPECT_NE(found[0], found[3]);
}

}  // namespace
}  // namespace p5
