// p5's own float32 products at the sizes of training and search, compared with those of OpenBLAS. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/bench_options.h"
#include "bench/bench_report.h"

namespace p5 {

// C [rows, columns] = A [rows, depth] * B^T, with B [columns, depth].
struct ProductSize {
  std::int64_t rows = 0, depth = 0, columns = 0;
};
// "288x128x64": rows, depth and columns, 1 to 16384 each. Throws InvalidArgument.
ProductSize product_size(const std::string& text);

// On one thread, both sides in turn, by the thread's processor time, so that other load on the machine affects little
// and both. p5 is measured with both factors packed each time, as OpenBLAS does it, and with a right factor that is
// packed already, as weights are. Throws Unavailable (system) without OpenBLAS.
BenchReport bench_matmul(const MatmulBenchOptions& options);

}  // namespace p5
