#include "bench/matrix_peak.h"

#include <algorithm>

#include "nn/torch_library.h"

namespace p5 {

std::vector<double> time_product(const ProductRequest& request) {
  std::vector<double> seconds;
  torch_library().function<decltype(&p5_torch_time_product)>("p5_torch_time_product")(request, seconds);
  return seconds;
}

double measured_peak(const DeviceOptions& device, bool bfloat16) {
  constexpr std::int64_t kRounds = 40;
  const std::int64_t side = device.device.starts_with("cuda") ? 8192 : 1024;
  const std::vector<double> seconds = time_product({.rows = side,
                                                    .inner = side,
                                                    .columns = side,
                                                    .block = side,
                                                    .rounds = kRounds,
                                                    .device = device,
                                                    .bfloat16 = bfloat16});
  const auto count = static_cast<double>(side);
  return 2.0 * count * count * count / *std::min_element(seconds.begin(), seconds.end());
}

}  // namespace p5
