// The output softmax: fused cross entropy, forward and backward, compared with the same in eager libtorch. The
// implementations are in libp5_torch.so. Not thread-safe.
#pragma once

#include <vector>

#include "bench/bench_options.h"
#include "bench/bench_report.h"

namespace p5 {

// Throws Unavailable (system) without LibTorch.
BenchReport bench_softmax(const SoftmaxBenchOptions& options);

// The seconds of each round; the two sides run in turn.
struct SoftmaxTimes {
  std::vector<double> fused, eager;
};

extern "C" {
// In libp5_torch.so.
void p5_torch_time_softmax(const SoftmaxBenchOptions& options, SoftmaxTimes& times);
}

}  // namespace p5
