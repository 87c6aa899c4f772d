// Dense linear algebra of large matrices: products and factors by OpenBLAS, cut into tiles here, so that results do not
// depend on the number of threads. The library is opened at the first use. Thread-safe: free functions, which take
// turns (the number of threads of OpenBLAS belongs to the process). All matrices are float32, row after row. Each
// throws Unavailable (system) where there is no OpenBLAS.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "p5/stop_token.h"

namespace p5 {

// Replaces a symmetric positive definite `matrix` [n, n] by its inverse; only entries [i, j] with j >= i are read.
// Takes n^3 multiplications and additions, and 4 n^2 bytes beside 1 kB * n a thread. Throws Interrupted after a request
// to stop, and InvalidArgument where the matrix is not positive definite in float32; the matrix is then undefined.
void invert_positive_definite(std::span<float> matrix, std::size_t n, ThreadPool& pool, const StopToken& stop = {});

// result [rows, columns] = left [rows, inner] * right^T, with right [columns, inner].
void multiply_transposed(std::span<const float> left, std::span<const float> right, std::size_t inner,
                         std::span<float> result, ThreadPool& pool);
// The same on the calling thread, by one call of the library.
void multiply_transposed(std::span<const float> left, std::span<const float> right, std::size_t inner,
                         std::span<float> result);

// The processor whose kernels OpenBLAS has chosen: "Haswell" for those of AVX2. OPENBLAS_CORETYPE chooses others.
std::string blas_core_name();

// Eigenvalues, ascending, of a symmetric `matrix` [n, n], which is replaced by the eigenvectors, one a row.
std::vector<float> symmetric_eigenvectors(std::span<float> matrix, std::size_t n);

}  // namespace p5
