// Training steps on random batches: fit() itself, with its optimizer, its clipping and its records. Not thread-safe.
#pragma once

#include "bench/bench_options.h"
#include "bench/bench_report.h"

namespace p5 {

// AdamW at a learning rate of 1e-3 with the trainer's defaults. A step is measured from one call for a batch to the
// next, so that making the batch counts; the run's files are in a temporary folder. Throws Unavailable (system) when
// interrupted or without LibTorch.
BenchReport bench_train(const ModelBenchOptions& options);

}  // namespace p5
