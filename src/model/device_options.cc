#include "model/device_options.h"

#include <dlfcn.h>

#include <algorithm>
#include <filesystem>

#include "base/thread_limit.h"
#include "p5/error.h"

namespace p5 {
namespace {

bool may_have_gpu() {
  std::error_code ignored;
  for (const char* device : {"/dev/nvidiactl", "/dev/nvidia0", "/dev/dxg"}) {
    if (std::filesystem::exists(device, ignored)) return true;
  }
  void* driver = ::dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
  if (driver != nullptr) ::dlclose(driver);
  return driver != nullptr;
}

}  // namespace

void check_device(const DeviceOptions& device) {
  // More threads than any machine has cores are a typing error, and would bring the machine down.
  constexpr std::int64_t kMaxThreads = 1024;
  if (device.threads < 0 || device.threads > kMaxThreads) {
    throw usage_error("bad number of threads", {.where = "threads",
                                                .expected = "0 (all) to " + std::to_string(kMaxThreads),
                                                .got = std::to_string(device.threads)});
  }
  require_threads(static_cast<std::size_t>(device.threads));
  const std::string& name = device.device;
  const bool numbered = name.starts_with("cuda:") && name.size() > 5 && name.size() < 9 &&
                        name.find_first_not_of("0123456789", 5) == std::string::npos;
  if (name != "auto" && name != "cpu" && name != "cuda" && !numbered) {
    throw usage_error("unknown device",
                      {.where = "device", .expected = "auto, cpu, cuda or cuda:<number>", .got = name});
  }
  if (std::ranges::find(kMatmulWords, device.matmul) == kMatmulWords.end()) {
    throw usage_error("bad precision of products",
                      {.where = "matmul", .expected = "highest, high or medium", .got = device.matmul});
  }
}

MatrixPrecision matrix_precision_of(const DeviceOptions& device) {
  if (device.matmul == "highest") return MatrixPrecision::kHighest;
  return device.matmul == "high" ? MatrixPrecision::kHigh : MatrixPrecision::kMedium;
}

bool may_use_gpu(const DeviceOptions& device) {
  return device.device != "cpu" && (device.device != "auto" || may_have_gpu());
}

}  // namespace p5
