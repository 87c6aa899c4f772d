// Reading logs, beside what the same bytes cost at least: a pass that looks for ends of line, and simdjson parsing
// every line and reading nothing. Not thread-safe.
#pragma once

#include "bench/bench_options.h"
#include "bench/bench_report.h"

namespace p5 {

// Seeded Amazon-like JSON lines and MovieLens-like rows from a temporary folder into a sink that keeps nothing, on one
// core. Times are the processor's, the kernel's included, so that other programs do not count. Throws Unavailable
// (system) when the files cannot be written.
BenchReport bench_import(const ImportBenchOptions& options);

}  // namespace p5
