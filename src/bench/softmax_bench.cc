#include "bench/softmax_bench.h"

#include "bench/matrix_peak.h"
#include "bench/measure.h"
#include "bench/unit_peak.h"
#include "nn/matrix_product.h"
#include "nn/torch_library.h"

namespace p5 {

BenchReport bench_softmax(const SoftmaxBenchOptions& options) {
  const auto rows = static_cast<double>(options.rows), vocab = static_cast<double>(options.vocab);
  const auto width = static_cast<double>(options.width);
  require_memory(4 * (3 * rows * vocab + 4 * (rows + vocab) * width));  // the eager side's logits and their gradients
  SoftmaxTimes times;
  torch_library().function<decltype(&p5_torch_time_softmax)>("p5_torch_time_softmax")(options, times);
  std::vector<double> ratios;
  for (std::size_t i = 0; i < times.fused.size(); ++i) ratios.push_back(times.eager[i] / times.fused[i]);
  // Logits forward; the gradients of states and of the output matrix backward.
  const double flops = 3 * 2 * rows * vocab * width;
  const double peak = measured_peak({.device = "cpu", .threads = options.threads});
  const double fused = median(times.fused);
  BenchReport report{{"job", "softmax"},
                     {"kernel", std::string(matrix_kernel_name())},
                     {"threads", thread_count(options.threads)},
                     {"rows", options.rows},
                     {"vocab", options.vocab},
                     {"width", options.width},
                     {"known", options.known},
                     {"fused_ms_median", fused * 1e3},
                     {"eager_ms_median", median(times.eager) * 1e3},
                     {"eager_ratio", median(ratios)}};
  add_floor(report, flops, fused, peak);
  add_unit(report, {.device = "cpu", .threads = options.threads}, flops, fused);
  return report;
}

}  // namespace p5
