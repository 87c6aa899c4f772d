#include "nn/torch_guard_module.h"

namespace p5 {

Error error_of_torch(const std::string& message) {
  const std::string line = message.substr(0, message.find('\n'));
  // Messages of the CPU's and CUDA's allocators, in the versions that p5 builds against.
  for (const char* sign : {"out of memory", "can't allocate memory", "not enough memory"}) {
    if (message.find(sign) != std::string::npos) {
      return system_error("memory ran out", {.expected = "a smaller batch, or more memory", .got = line});
    }
  }
  return Error(ErrorCode::kInternal, ErrorSubject::kModel, "the tensor library failed", {.got = line});
}

}  // namespace p5
