// Reading logs, compared with the least that the same bytes cost: a pass that looks for ends of line, and simdjson
// parsing every line without reading any field. Not thread-safe.
#pragma once

#include "bench/bench_options.h"
#include "bench/bench_report.h"

namespace p5 {

// Seeded Amazon-like JSON lines and MovieLens-like rows from a temporary folder into a sink that discards them, on one
// core. Times are processor times including the kernel's, so that other programs do not count. Throws Unavailable
// (system) when the files cannot be written.
BenchReport bench_import(const ImportBenchOptions& options);

}  // namespace p5
