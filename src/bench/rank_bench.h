// Full ranking by dot product with a fused top-k, compared with the matrix product alone. Not thread-safe.
#pragma once

#include "bench/bench_options.h"
#include "bench/bench_report.h"

namespace p5 {

// Random vectors; both lists of every user, with and without the seen items. The product alone is the tensor library's,
// in blocks of users, the fastest of a few sizes. Throws Unavailable (system) without LibTorch.
BenchReport bench_rank(const RankBenchOptions& options);

}  // namespace p5
