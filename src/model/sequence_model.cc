#include "model/sequence_model.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "model/cpu_sequence_model.h"
#include "nn/matrix_product.h"
#include "nn/torch_library.h"
#include "p5/error.h"

namespace p5 {

namespace {

// A function of libp5_torch.so. Its OpenMP threads sleep when they wait: spinning gains little on an idle machine, and
// on one with other work it made a training step ten times slower. Whoever sets the variable is obeyed.
template <typename Function>
Function from_torch(const char* symbol) {
  ::setenv("OMP_WAIT_POLICY", "passive", 0);
  return torch_library().function<Function>(symbol);
}

// More threads than any machine has cores are a slip of the finger, and would take the machine down.
void check_threads(std::int64_t threads) {
  constexpr std::int64_t kMostThreads = 1024;
  if (threads >= 0 && threads <= kMostThreads) return;
  throw usage_error(
      "bad number of threads",
      {.where = "threads", .expected = "0 (all) to " + std::to_string(kMostThreads), .got = std::to_string(threads)});
}

MatrixPrecision precision_of(const std::string& matmul) {
  if (matmul == "highest") return MatrixPrecision::kHighest;
  if (matmul == "high") return MatrixPrecision::kHigh;
  if (matmul == "medium") return MatrixPrecision::kMedium;
  throw usage_error("bad precision of products",
                    {.where = "matmul", .expected = "highest, high or medium", .got = matmul});
}

void prepare(const DeviceOptions& device) {
  check_threads(device.threads);
  set_matrix_precision(precision_of(device.matmul));
}

// Whether a GPU may be here; to be sure takes libtorch, which takes most of a second to load.
bool may_have_gpu() {
  std::error_code ignored;
  for (const char* device : {"/dev/nvidiactl", "/dev/nvidia0", "/dev/dxg"}) {
    if (std::filesystem::exists(device, ignored)) return true;
  }
  void* driver = ::dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
  if (driver != nullptr) ::dlclose(driver);
  return driver != nullptr;
}

bool is_cpu(const DeviceOptions& device) {
  return device.device == "cpu" || (device.device == "auto" && !may_have_gpu());
}

}  // namespace

// The factories that libp5_torch.so exports. Exceptions cross: both sides come from one compiler.
std::unique_ptr<SequenceModel> make_sequence_model(const ModelSpec& spec, std::uint64_t seed,
                                                   const DeviceOptions& device) {
  prepare(device);
  using Make = SequenceModel* (*)(const ModelSpec*, std::uint64_t, const DeviceOptions*);
  static const auto make = from_torch<Make>("p5_torch_make_model");
  return std::unique_ptr<SequenceModel>(make(&spec, seed, &device));
}

std::unique_ptr<SequenceModel> load_sequence_model(const std::filesystem::path& folder, const DeviceOptions& device) {
  prepare(device);
  if (is_cpu(device)) {
    if (std::unique_ptr<SequenceModel> model = CpuSequenceModel::load(folder, device)) return model;
  }
  using Load = SequenceModel* (*)(const char*, const DeviceOptions*);
  static const auto load = from_torch<Load>("p5_torch_load_model");
  return std::unique_ptr<SequenceModel>(load(folder.c_str(), &device));
}

}  // namespace p5
