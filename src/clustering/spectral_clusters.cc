#include "clustering/spectral_clusters.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "retrieval/dense_algebra.h"
#include "retrieval/symmetric_spectrum.h"

namespace p5 {
namespace {

// (I + D^-1/2 A D^-1/2) / 2: eigenvalues from 0 to 1, so that the largest are those of well-connected groups and not
// the negative ones of groups that avoid each other.
SparseRows normalised(const SparseRows& graph) {
  std::vector<double> degrees(graph.size(), 0.0);
  for (std::size_t node = 0; node < graph.size(); ++node) {
    for (const ItemWeight& edge : graph[node]) degrees[node] += edge.weight;
  }
  SparseRows result;
  std::vector<ItemWeight> row;
  for (std::size_t node = 0; node < graph.size(); ++node) {
    row.clear();
    if (degrees[node] > 0) row.push_back({static_cast<ItemId>(node), 0.5f});
    for (const ItemWeight& edge : graph[node]) {
      const double scale = 0.5 / std::sqrt(degrees[node] * degrees[edge.item]);
      row.push_back({edge.item, static_cast<float>(scale * edge.weight)});
    }
    result.push_back(row);
  }
  return result;
}

// The nodes that a QR factorisation with column pivoting of the eigenvectors [count, n] would take first: each is the
// one with the largest part outside of the space of those before.
std::vector<std::size_t> pivots(std::vector<float> vectors, std::size_t count, std::size_t n) {
  std::vector<std::size_t> chosen;
  for (std::size_t step = 0; step < count; ++step) {
    std::size_t best = 0;
    double most = -1;
    for (std::size_t node = 0; node < n; ++node) {
      double squares = 0;
      for (std::size_t v = 0; v < count; ++v) squares += double(vectors[v * n + node]) * vectors[v * n + node];
      // A node must be clearly better: rounding decides nothing.
      if (squares > most * (1 + 1e-6)) {
        most = squares;
        best = node;
      }
    }
    if (most < 1e-12) break;
    chosen.push_back(best);
    std::vector<double> axis(count);
    for (std::size_t v = 0; v < count; ++v) axis[v] = vectors[v * n + best] / std::sqrt(most);
    for (std::size_t node = 0; node < n; ++node) {
      double along = 0;
      for (std::size_t v = 0; v < count; ++v) along += axis[v] * vectors[v * n + node];
      for (std::size_t v = 0; v < count; ++v) vectors[v * n + node] -= static_cast<float>(along * axis[v]);
    }
  }
  return chosen;
}

// The orthogonal matrix nearest to `square` [count, count] (its polar factor): (M M^T)^-1/2 M.
std::vector<float> polar_factor(const std::vector<float>& square, std::size_t count, ThreadPool& pool) {
  std::vector<float> products(count * count), result(count * count, 0.0f);
  multiply_transposed(square, square, count, products, pool);
  const std::vector<float> values = symmetric_eigenvectors(products, count);
  for (std::size_t e = 0; e < count; ++e) {
    if (values[e] <= 1e-12f) continue;
    std::vector<double> image(count, 0.0);  // of eigenvector e
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t k = 0; k < count; ++k) image[k] += double(products[e * count + i]) * square[i * count + k];
    }
    const double scale = 1 / std::sqrt(static_cast<double>(values[e]));
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t k = 0; k < count; ++k) {
        result[i * count + k] += static_cast<float>(scale * products[e * count + i] * image[k]);
      }
    }
  }
  return result;
}

}  // namespace

std::vector<std::uint32_t> spectral_clusters(const SparseRows& graph, const SpectralOptions& options,
                                             ThreadPool& pool) {
  const std::size_t n = graph.size(), wanted = std::min(options.clusters, n);
  std::vector<std::uint32_t> cluster_of(n, 0);
  if (wanted < 2 || graph.entry_count() == 0) return cluster_of;
  const Eigenvectors found =
      largest_eigenvectors(normalised(graph), {.count = wanted, .rounds = options.rounds, .seed = options.seed}, pool);
  const std::vector<std::size_t> corners = pivots(found.vectors, wanted, n);
  const std::size_t count = corners.size();
  // Rows of `square` are the coordinates of the pivots; where there are fewer than eigenvectors, the rest is zero.
  std::vector<float> square(wanted * wanted, 0.0f);
  for (std::size_t c = 0; c < count; ++c) {
    for (std::size_t v = 0; v < wanted; ++v) square[c * wanted + v] = found.vectors[v * n + corners[c]];
  }
  const std::vector<float> axes = polar_factor(square, wanted, pool);
  for (std::size_t node = 0; node < n; ++node) {
    double most = 0;
    for (std::size_t c = 0; c < count; ++c) {
      double along = 0;
      for (std::size_t v = 0; v < wanted; ++v) along += double(axes[c * wanted + v]) * found.vectors[v * n + node];
      if (std::abs(along) <= most * (1 + 1e-6)) continue;
      most = std::abs(along);
      cluster_of[node] = static_cast<std::uint32_t>(c);
    }
  }
  return cluster_of;
}

}  // namespace p5
