#include "model/sequence_model.h"

#include <cstdlib>
#include <string>

#include "base/plugin.h"
#include "p5/error.h"

namespace p5 {

namespace {

// A function of libp5_torch.so. Its OpenMP threads sleep when they wait: spinning gains little on an idle machine, and
// on one with other work it made a training step ten times slower. Whoever sets the variable is obeyed.
template <typename Function>
Function from_torch(const char* symbol) {
  ::setenv("OMP_WAIT_POLICY", "passive", 0);
  return reinterpret_cast<Function>(torch_symbol(symbol));
}

// More threads than any machine has cores are a slip of the finger, and would take the machine down.
void check(const DeviceOptions& device) {
  constexpr std::int64_t kMostThreads = 1024;
  if (device.threads >= 0 && device.threads <= kMostThreads) return;
  throw usage_error("bad number of threads", {.where = "threads",
                                              .expected = "0 (all) to " + std::to_string(kMostThreads),
                                              .got = std::to_string(device.threads)});
}

}  // namespace

// The factories that libp5_torch.so exports. Exceptions cross: both sides come from one compiler.
std::unique_ptr<SequenceModel> make_sequence_model(const ModelSpec& spec, std::uint64_t seed,
                                                   const DeviceOptions& device) {
  check(device);
  using Make = SequenceModel* (*)(const ModelSpec*, std::uint64_t, const DeviceOptions*);
  static const auto make = from_torch<Make>("p5_torch_make_model");
  return std::unique_ptr<SequenceModel>(make(&spec, seed, &device));
}

std::unique_ptr<SequenceModel> load_sequence_model(const std::filesystem::path& folder, const DeviceOptions& device) {
  check(device);
  using Load = SequenceModel* (*)(const char*, const DeviceOptions*);
  static const auto load = from_torch<Load>("p5_torch_load_model");
  return std::unique_ptr<SequenceModel>(load(folder.c_str(), &device));
}

}  // namespace p5
