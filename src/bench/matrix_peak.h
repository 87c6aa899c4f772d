// How fast the tensor library's own matrix product is on this machine: the peak that benches are compared with. The
// implementation is in libp5_torch.so. Not thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "model/device_options.h"

namespace p5 {

// [rows, inner] times [columns, inner] transposed, float32 or bfloat16, `block` rows at a time into one buffer [block,
// columns].
struct ProductRequest {
  std::int64_t rows = 0, inner = 0, columns = 0;
  std::int64_t block = 0;
  std::int64_t rounds = 1;
  DeviceOptions device;
  bool bfloat16 = false;
};

// The seconds of each round, after one warm-up round. Throws Unavailable (system) without libp5_torch.so.
std::vector<double> time_product(const ProductRequest& request);

// Operations per second of a product of two square matrices, of 1024 rows on a CPU and 8192 on a GPU, the best of many
// rounds; float32 or bfloat16.
double measured_peak(const DeviceOptions& device, bool bfloat16 = false);

extern "C" {
// In libp5_torch.so.
void p5_torch_time_product(const ProductRequest& request, std::vector<double>& seconds);
}

}  // namespace p5
