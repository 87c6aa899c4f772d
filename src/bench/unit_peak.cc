#include "bench/unit_peak.h"

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "bench/measure.h"
#include "nn/bfloat16_kernel.h"
#include "nn/float_kernel.h"
#include "nn/matrix_product.h"

namespace p5 {

double unit_peak(std::int64_t threads, bool bfloat16) {
  constexpr std::int64_t kRounds = 1 << 16;  // less than a millisecond: other programs disturb some tries
  constexpr std::size_t kTries = 200;
  const auto count = static_cast<std::size_t>(thread_count(threads));
  double operations = 0;
  const auto work = [&](double* done) { *done = bfloat16 ? bfloat16::run_peak(kRounds) : floats::run_peak(kRounds); };
  const std::vector<double> seconds = time_rounds(kTries, [&] {
    std::vector<double> done(count);
    std::vector<std::jthread> team;
    for (std::size_t i = 1; i < count; ++i) team.emplace_back(work, &done[i]);
    work(done.data());
    team.clear();  // waits
    operations = done.front() * static_cast<double>(count);
  });
  return operations / *std::min_element(seconds.begin(), seconds.end());
}

void add_unit(BenchReport& report, const DeviceOptions& device, double flops, double seconds) {
  if (matrix_kernel() == MatrixKernel::kTiles || report.value("device", "cpu").starts_with("cuda")) return;
  const bool bfloat16 =
      matrix_kernel() == MatrixKernel::kBfloat16 && matrix_precision_of(device) == MatrixPrecision::kMedium;
  const double peak = unit_peak(device.threads, bfloat16);
  report["unit"] = bfloat16 ? "bfloat16 vectors" : "float32 vectors";
  report["unit_peak_gflops"] = peak * 1e-9;
  report["unit_share"] = flops / seconds / peak;
}

}  // namespace p5
