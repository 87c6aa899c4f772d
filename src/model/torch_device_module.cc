#include "model/torch_device_module.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <torch/cuda.h>

#include <charconv>
#include <string>

#include "p5/error.h"

namespace p5 {

torch::Device open_device(const DeviceOptions& options) {
  if (options.threads > 0) {
    at::set_num_threads(static_cast<int>(options.threads));
    // LibTorch does not pass the number on to an OpenBLAS with threads of its own.
    using SetThreads = void (*)(int);
    if (const auto set = reinterpret_cast<SetThreads>(::dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) {
      set(static_cast<int>(options.threads));
    }
  }
  const std::string& name = options.device;
  if (name == "cpu") return torch::Device(torch::kCPU);
  if (name == "auto") return torch::cuda::is_available() ? torch::Device(torch::kCUDA, 0) : torch::Device(torch::kCPU);
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
  return torch::Device(torch::kCUDA, static_cast<c10::DeviceIndex>(index));
}

}  // namespace p5
