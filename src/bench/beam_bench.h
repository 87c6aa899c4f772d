// Search for items, a batch of users at a time: encode the sources, then beam search under the trie. Not thread-safe.
#pragma once

#include "bench/bench_options.h"
#include "bench/bench_report.h"

namespace p5 {

// Items are four random codes each, token 3 + 256 * depth + code. Throws InvalidArgument when the vocabulary is too
// small for the codes, Unavailable (system) without LibTorch.
BenchReport bench_beam(const ModelBenchOptions& options);

}  // namespace p5
