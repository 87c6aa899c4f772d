#include <torch/torch.h>

#include <algorithm>

#include "bench/matrix_peak.h"
#include "bench/measure.h"
#include "model/torch_device_module.h"
#include "nn/torch_guard_module.h"

namespace p5 {
namespace {

void multiply_in_blocks(const torch::Tensor& left, const torch::Tensor& right, torch::Tensor& buffer) {
  const std::int64_t block = buffer.size(0);
  for (std::int64_t begin = 0; begin < left.size(0); begin += block) {
    const std::int64_t rows = std::min(block, left.size(0) - begin);
    torch::Tensor out = buffer.narrow(0, 0, rows);
    torch::mm_out(out, left.narrow(0, begin, rows), right);
  }
  if (left.is_cuda()) buffer.flatten()[0].item<float>();  // waits for the device
}

}  // namespace

extern "C" void p5_torch_time_product(const ProductRequest& request, std::vector<double>& seconds) {
  seconds = with_torch_errors([&] {
    const torch::Device device = open_device(request.device);
    const torch::NoGradGuard no_gradient;
    const auto kind = torch::device(device).dtype(request.bfloat16 ? torch::kBFloat16 : torch::kFloat);
    const torch::Tensor left = torch::rand({request.rows, request.inner}, device).to(kind.dtype());
    const torch::Tensor right = torch::rand({request.columns, request.inner}, device).to(kind.dtype()).t();
    torch::Tensor buffer = torch::empty({std::min(request.block, request.rows), request.columns}, kind);
    multiply_in_blocks(left, right, buffer);
    return time_rounds(static_cast<std::size_t>(request.rounds), [&] { multiply_in_blocks(left, right, buffer); });
  });
}

}  // namespace p5
