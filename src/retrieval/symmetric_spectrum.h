// The largest eigenvectors of a symmetric matrix that is only known by its products, by subspace iteration from a
// random start (Halko, Martinsson and Tropp, "Finding structure with randomness", SIAM Review 2011). Thread-safe: pure
// functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/thread_pool.h"
#include "p5/stop_token.h"
#include "retrieval/sparse_rows.h"

namespace p5 {

struct SpectrumOptions {
  std::size_t count = 256;    // eigenvectors
  std::int64_t rounds = 4;    // of subspace iteration
  std::uint64_t seed = 2022;  // of the subspace that it begins with
};

// `values` [count] are eigenvalues, the largest absolute value first, `vectors` [count, n] their eigenvectors; those
// beyond the matrix's rank are zero. No more than n.
struct Eigenvectors {
  std::vector<float> values;
  std::vector<float> vectors;
};

// [rows, n], the products of the matrix with the rows [rows, n] of a basis.
using SymmetricProduct = std::function<std::vector<float>(const std::vector<float>& basis)>;

// Of a matrix [n, n]. The result does not depend on the number of threads where that of `product` does not. Throws
// Interrupted.
Eigenvectors largest_eigenvectors(const SymmetricProduct& product, std::size_t n, const SpectrumOptions& options,
                                  ThreadPool& pool, const StopToken& stop = {});
Eigenvectors largest_eigenvectors(const SparseRows& matrix, const SpectrumOptions& options, ThreadPool& pool,
                                  const StopToken& stop = {});

// [rows, columns] = basis [rows, n] times a sparse matrix [n, columns], given as its transpose [columns, n].
std::vector<float> multiply_basis(const std::vector<float>& basis, std::size_t n, const SparseRows& transposed,
                                  ThreadPool& pool);

}  // namespace p5
