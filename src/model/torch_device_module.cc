#include "model/torch_device_module.h"

#include <fmt/format.h>
#include <torch/cuda.h>

#include <charconv>
#include <string>

#include "nn/threads_module.h"
#include "p5/error.h"

namespace p5 {
namespace {

// Its float32 products follow libtorch's setting: TensorFloat-32 except for "highest".
torch::Device open_cuda(int index, const std::string& matmul) {
  at::globalContext().setFloat32MatmulPrecision(matmul);
  return torch::Device(torch::kCUDA, static_cast<c10::DeviceIndex>(index));
}

}  // namespace

torch::Device open_device(const DeviceOptions& options) {
  set_training_threads(options.threads);
  const std::string& name = options.device;
  if (name == "cpu") return torch::Device(torch::kCPU);
  if (name == "auto") return torch::cuda::is_available() ? open_cuda(0, options.matmul) : torch::Device(torch::kCPU);
  int index = 0;
  bool known = name == "cuda";
  if (name.rfind("cuda:", 0) == 0) {
    const char* end = name.data() + name.size();
    const auto [rest, failure] = std::from_chars(name.data() + 5, end, index);
    known = failure == std::errc() && rest == end && index >= 0;
  }
  if (!known) {
    throw usage_error("unknown device", {.expected = "auto, cpu, cuda or cuda:<number>", .got = name});
  }
  const auto count = torch::cuda::is_available() ? static_cast<int>(torch::cuda::device_count()) : 0;
  if (index >= count) {
    throw system_error("no such CUDA device",
                       {.expected = count == 0 ? "--device cpu, or a LibTorch with CUDA and a driver"
                                               : fmt::format("cuda:0 to cuda:{}", count - 1),
                        .got = name});
  }
  return open_cuda(index, options.matmul);
}

}  // namespace p5
