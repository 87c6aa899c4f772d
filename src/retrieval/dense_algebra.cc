#include "retrieval/dense_algebra.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cassert>
#include <mutex>

#include "base/interrupt.h"
#include "base/shared_library.h"
#include "p5/error.h"

namespace p5 {
namespace {

// Fortran's interface: everything by pointer, columns one after the other, the lengths of texts at the end.
using Int = const int*;
using Real = const float*;
using Text = const char*;

struct OpenBlas {
  void (*gemm)(Text, Text, Int, Int, Int, Real, Real, Int, Real, Int, Real, float*, Int, std::size_t, std::size_t);
  void (*syrk)(Text, Text, Int, Int, Real, Real, Int, Real, float*, Int, std::size_t, std::size_t);
  void (*trsm)(Text, Text, Text, Text, Int, Int, Real, Real, Int, float*, Int, std::size_t, std::size_t, std::size_t,
               std::size_t);
  void (*potrf)(Text, Int, float*, Int, int*, std::size_t);
  void (*syev)(Text, Text, Int, float*, Int, float*, float*, Int, int*, std::size_t, std::size_t);
  char* (*core_name)();
  int (*get_threads)();
  void (*set_threads)(int);
};

const OpenBlas& open_blas() {
  static const OpenBlas blas = [] {
    static const SharedLibrary library(
        {.file = "libopenblas.so.0", .provides = "OpenBLAS", .remedy = "the package libopenblas0-pthread"});
    OpenBlas found{};
    found.gemm = library.function<decltype(found.gemm)>("sgemm_");
    found.syrk = library.function<decltype(found.syrk)>("ssyrk_");
    found.trsm = library.function<decltype(found.trsm)>("strsm_");
    found.potrf = library.function<decltype(found.potrf)>("spotrf_");
    found.syev = library.function<decltype(found.syev)>("ssyev_");
    found.core_name = library.function<decltype(found.core_name)>("openblas_get_corename");
    found.get_threads = library.function<decltype(found.get_threads)>("openblas_get_num_threads");
    found.set_threads = library.function<decltype(found.set_threads)>("openblas_set_num_threads");
    return found;
  }();
  return blas;
}

// OpenBLAS cuts sums by its number of threads. As long as this lives it has one, and our own threads call it.
class OneThread {
 public:
  OneThread() : lock_(turn()), before_(open_blas().get_threads()) { open_blas().set_threads(1); }
  ~OneThread() { open_blas().set_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  static std::mutex& turn() {
    static std::mutex mutex;
    return mutex;
  }
  std::lock_guard<std::mutex> lock_;
  int before_;
};

constexpr std::size_t kTile = 256;
constexpr float kOne = 1.0f, kMinusOne = -1.0f, kZero = 0.0f;
constexpr char kInterrupted[] = "inverting a matrix interrupted; nothing was written";

int as_int(std::size_t number) { return static_cast<int>(number); }
std::size_t tile_at(std::size_t begin, std::size_t n) { return std::min(kTile, n - begin); }

// The lower triangle of `a` [n, n], columns one after the other, by its Cholesky factor. False where there is none.
bool factor(float* a, std::size_t n, ThreadPool& pool, const StopToken& stop) {
  const OpenBlas& blas = open_blas();
  const int stride = as_int(n);
  for (std::size_t k = 0; k < n; k += kTile) {
    stop_if_requested(stop, kInterrupted);
    const int width = as_int(tile_at(k, n));
    float* diagonal = a + k * n + k;
    int failed = 0;
    blas.potrf("L", &width, diagonal, &stride, &failed, 1);
    if (failed != 0) return false;
    const std::size_t below = k + static_cast<std::size_t>(width);
    if (below >= n) break;
    const std::size_t tiles = (n - below + kTile - 1) / kTile;
    pool.parallel_for(tiles, 1, [&](std::size_t begin, std::size_t, std::size_t) {
      const std::size_t row = below + begin * kTile;
      const int rows = as_int(tile_at(row, n));
      blas.trsm("R", "L", "T", "N", &rows, &width, &kOne, diagonal, &stride, a + k * n + row, &stride, 1, 1, 1, 1);
    });
    pool.parallel_for(tiles, 1, [&](std::size_t begin, std::size_t, std::size_t) {
      const std::size_t column = below + begin * kTile;
      const int columns = as_int(tile_at(column, n));
      const float* left = a + k * n + column;
      blas.syrk("L", "N", &columns, &width, &kMinusOne, left, &stride, &kOne, a + column * n + column, &stride, 1, 1);
      const std::size_t row = column + static_cast<std::size_t>(columns);
      if (row >= n) return;
      const int rows = as_int(n - row);
      blas.gemm("N", "T", &rows, &columns, &width, &kMinusOne, a + k * n + row, &stride, left, &stride, &kOne,
                a + column * n + row, &stride, 1, 1);
    });
  }
  return true;
}

// The inverse from the factor L below the diagonal. Each task solves L L^T X = the unit columns of one tile, and puts X
// transposed above the diagonal, where no other task reads; the tiles on the diagonal wait in `diagonals`.
void invert_factor(float* a, std::size_t n, ThreadPool& pool, const StopToken& stop) {
  const OpenBlas& blas = open_blas();
  const std::size_t tiles = (n + kTile - 1) / kTile;
  const int stride = as_int(n);
  std::vector<float> diagonals(n * kTile);
  std::vector<std::vector<float>> columns_of(pool.size(), std::vector<float>(n * kTile));
  pool.parallel_for(tiles, 1, [&](std::size_t tile, std::size_t, std::size_t worker) {
    stop_if_requested(stop, kInterrupted);
    const std::size_t first = tile * kTile, width = tile_at(first, n), height = n - first;
    float* x = columns_of[worker].data();
    std::fill_n(x, height * width, 0.0f);
    for (std::size_t i = 0; i < width; ++i) x[i * height + i] = 1.0f;
    const int rows = as_int(height), columns = as_int(width);
    const float* l = a + first * n + first;
    blas.trsm("L", "L", "N", "N", &rows, &columns, &kOne, l, &stride, x, &rows, 1, 1, 1, 1);
    blas.trsm("L", "L", "T", "N", &rows, &columns, &kOne, l, &stride, x, &rows, 1, 1, 1, 1);
    for (std::size_t i = 0; i < width; ++i) {
      std::copy_n(x + i * height, width, diagonals.data() + (first + i) * kTile);
    }
    for (std::size_t row = width; row < height; ++row) {
      for (std::size_t i = 0; i < width; ++i) a[(first + row) * n + first + i] = x[i * height + row];
    }
  });
  pool.parallel_for(tiles, 1, [&](std::size_t tile, std::size_t, std::size_t) {
    const std::size_t first = tile * kTile, width = tile_at(first, n);
    for (std::size_t i = first; i < first + width; ++i) {
      std::copy_n(diagonals.data() + i * kTile, width, a + i * n + first);
      for (std::size_t row = first + width; row < n; ++row) a[i * n + row] = a[row * n + i];
    }
  });
}

void multiply_here(std::span<const float> left, std::span<const float> right, std::size_t inner,
                   std::span<float> result) {
  const int depth = as_int(inner), height = as_int(left.size() / inner), width = as_int(right.size() / inner);
  assert(result.size() == left.size() / inner * (right.size() / inner));
  open_blas().gemm("T", "N", &width, &height, &depth, &kOne, right.data(), &depth, left.data(), &depth, &kZero,
                   result.data(), &width, 1, 1);
}

}  // namespace

void invert_positive_definite(std::span<float> matrix, std::size_t n, ThreadPool& pool, const StopToken& stop) {
  assert(matrix.size() == n * n);
  const OneThread one;
  // Entries [i, j], j >= i, row after row are the lower triangle of columns one after the other.
  if (!factor(matrix.data(), n, pool, stop)) {
    throw usage_error("a matrix has no inverse", {.expected = "a positive definite matrix; a larger ridge makes it one",
                                                  .got = fmt::format("{} rows that depend on each other", n)});
  }
  invert_factor(matrix.data(), n, pool, stop);
}

void multiply_transposed(std::span<const float> left, std::span<const float> right, std::size_t inner,
                         std::span<float> result, ThreadPool& pool) {
  const std::size_t rows = left.size() / inner, columns = right.size() / inner;
  const OneThread one;
  pool.parallel_for((rows + kTile - 1) / kTile, 1, [&](std::size_t tile, std::size_t, std::size_t) {
    const std::size_t first = tile * kTile, height = tile_at(first, rows);
    multiply_here(left.subspan(first * inner, height * inner), right, inner,
                  result.subspan(first * columns, height * columns));
  });
}

void multiply_transposed(std::span<const float> left, std::span<const float> right, std::size_t inner,
                         std::span<float> result) {
  const OneThread one;
  multiply_here(left, right, inner, result);
}

std::string blas_core_name() { return open_blas().core_name(); }

std::vector<float> symmetric_eigenvectors(std::span<float> matrix, std::size_t n) {
  assert(matrix.size() == n * n);
  const OneThread one;
  const int size = as_int(n);
  std::vector<float> values(n), work(1);
  int failed = 0, wanted = -1;
  open_blas().syev("V", "L", &size, matrix.data(), &size, values.data(), work.data(), &wanted, &failed, 1, 1);
  wanted = static_cast<int>(work.front());
  work.resize(static_cast<std::size_t>(wanted));
  open_blas().syev("V", "L", &size, matrix.data(), &size, values.data(), work.data(), &wanted, &failed, 1, 1);
  if (failed != 0) {
    throw Error(ErrorCode::kInternal, ErrorSubject::kSystem, "eigenvalues did not converge",
                {.expected = "all of them", .got = fmt::format("{} missing", failed)});
  }
  return values;
}

}  // namespace p5
