// What LibTorch says of itself and of the GPUs that it can use. The implementation is in libp5_torch.so. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace p5 {

struct TorchGpu {
  std::string name;
  std::uint64_t memory = 0;  // bytes
};

struct TorchFacts {
  std::string version;         // "1.13.0"
  bool built_for_gpu = false;  // with CUDA
  std::vector<TorchGpu> gpus;
};

// Throws Unavailable (system) without libp5_torch.so.
TorchFacts torch_facts();

extern "C" {
// In libp5_torch.so.
void p5_torch_facts(TorchFacts& facts);
}

}  // namespace p5
