#include "bench/matrix_peak.h"

#include <algorithm>
#include <cstdlib>

#include "base/plugin.h"

namespace p5 {

std::vector<double> time_product(const ProductRequest& request) {
  ::setenv("OMP_WAIT_POLICY", "passive", 0);  // as sequence_model.cc does, and as early
  std::vector<double> seconds;
  reinterpret_cast<decltype(&p5_torch_time_product)>(torch_symbol("p5_torch_time_product"))(request, seconds);
  return seconds;
}

double measured_peak(const DeviceOptions& device) {
  constexpr std::int64_t kSide = 1024, kRounds = 40;
  const std::vector<double> seconds = time_product(
      {.rows = kSide, .inner = kSide, .columns = kSide, .block = kSide, .rounds = kRounds, .device = device});
  return 2.0 * kSide * kSide * kSide / *std::min_element(seconds.begin(), seconds.end());
}

}  // namespace p5
