#include "retrieval/symmetric_spectrum.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>

#include "base/interrupt.h"
#include "base/rng.h"
#include "retrieval/dense_algebra.h"

namespace p5 {
namespace {

constexpr std::size_t kSpare = 16;  // vectors of the subspace beyond those that are wanted
constexpr std::size_t kColumns = 256;

// result [rows, n] = left [rows, rows] times basis [rows, n].
std::vector<float> combine(std::span<const float> left, const std::vector<float>& basis, std::size_t n,
                           ThreadPool& pool) {
  const std::size_t rows = basis.size() / n;
  std::vector<float> result(basis.size());
  pool.parallel_for(n, kColumns, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t i = 0; i < rows; ++i) {
      float* to = result.data() + i * n;
      for (std::size_t k = 0; k < rows; ++k) {
        const float factor = left[i * rows + k];
        const float* from = basis.data() + k * n;
        for (std::size_t column = begin; column < end; ++column) to[column] += factor * from[column];
      }
    }
  });
  return result;
}

// Rows of the same space that are orthogonal and of length 1; zero rows where the space has fewer dimensions. Through
// the eigenvectors of the rows' products, twice, since the first time loses digits.
void orthonormalize(std::vector<float>& basis, std::size_t n, ThreadPool& pool) {
  const std::size_t rows = basis.size() / n;
  for (int pass = 0; pass < 2; ++pass) {
    std::vector<float> products(rows * rows);
    multiply_transposed(basis, basis, n, products, pool);
    const std::vector<float> values = symmetric_eigenvectors(products, rows);
    const float least = 1e-6f * values.back();
    for (std::size_t i = 0; i < rows; ++i) {
      const float scale = values[i] > least && values[i] > 0 ? 1.0f / std::sqrt(values[i]) : 0.0f;
      for (std::size_t k = 0; k < rows; ++k) products[i * rows + k] *= scale;
    }
    basis = combine(products, basis, n, pool);
  }
}

}  // namespace

std::vector<float> multiply_basis(const std::vector<float>& basis, std::size_t n, const SparseRows& transposed,
                                  ThreadPool& pool) {
  const std::size_t columns = transposed.size(), rows = basis.size() / n;
  std::vector<float> result(rows * columns);
  pool.parallel_for(rows, 1, [&](std::size_t row, std::size_t, std::size_t) {
    const float* from = basis.data() + row * n;
    for (std::size_t i = 0; i < columns; ++i) {
      float sum = 0.0f;
      for (const ItemWeight& entry : transposed[i]) sum += from[entry.item] * entry.weight;
      result[row * columns + i] = sum;
    }
  });
  return result;
}

Eigenvectors largest_eigenvectors(const SymmetricProduct& product, std::size_t n, const SpectrumOptions& options,
                                  ThreadPool& pool, const StopToken& stop) {
  const std::size_t rows = std::min(options.count + kSpare, n);
  std::vector<float> basis(rows * n);
  Rng rng(options.seed, "ppmi");
  for (float& value : basis) value = static_cast<float>(rng.normal());
  orthonormalize(basis, n, pool);
  for (std::int64_t round = 0; round < options.rounds; ++round) {
    stop_if_requested(stop, "the eigenvectors of items were interrupted; nothing was written");
    basis = product(basis);
    orthonormalize(basis, n, pool);
  }
  // The eigenvectors within the subspace (Rayleigh and Ritz).
  std::vector<float> inner(rows * rows);
  multiply_transposed(product(basis), basis, n, inner, pool);
  const std::vector<float> values = symmetric_eigenvectors(inner, rows);
  const std::vector<float> vectors = combine(inner, basis, n, pool);
  std::vector<std::size_t> order(rows);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return std::abs(values[a]) > std::abs(values[b]); });
  Eigenvectors result;
  for (std::size_t i = 0; i < std::min(options.count, rows); ++i) {
    const auto first = vectors.begin() + static_cast<std::ptrdiff_t>(order[i] * n);
    result.values.push_back(values[order[i]]);
    result.vectors.insert(result.vectors.end(), first, first + static_cast<std::ptrdiff_t>(n));
  }
  return result;
}

Eigenvectors largest_eigenvectors(const SparseRows& matrix, const SpectrumOptions& options, ThreadPool& pool,
                                  const StopToken& stop) {
  const auto product = [&](const std::vector<float>& basis) {
    return multiply_basis(basis, matrix.size(), matrix, pool);
  };
  return largest_eigenvectors(product, matrix.size(), options, pool, stop);
}

}  // namespace p5
