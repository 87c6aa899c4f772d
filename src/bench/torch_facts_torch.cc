#include <torch/cuda.h>
#include <torch/version.h>

#include "bench/torch_facts.h"
#include "nn/torch_guard_module.h"

#if __has_include(<ATen/cuda/CUDAContext.h>) && __has_include(<cuda_runtime_api.h>)
#include <ATen/cuda/CUDAContext.h>
#define P5_WITH_CUDA_HEADERS 1
#endif

namespace p5 {

extern "C" void p5_torch_facts(TorchFacts& facts) {
  with_torch_errors([&] {
    facts.version = TORCH_VERSION;
    facts.built_for_gpu = at::globalContext().hasCUDA() || torch::cuda::is_available();
    if (!torch::cuda::is_available()) return;
    for (std::size_t i = 0; i < static_cast<std::size_t>(torch::cuda::device_count()); ++i) {
      TorchGpu gpu{.name = "GPU " + std::to_string(i), .memory = 0};
#ifdef P5_WITH_CUDA_HEADERS
      const cudaDeviceProp* properties = at::cuda::getDeviceProperties(static_cast<c10::DeviceIndex>(i));
      gpu.name = properties->name;
      gpu.memory = properties->totalGlobalMem;
#endif
      facts.gpus.push_back(gpu);
    }
  });
}

}  // namespace p5
