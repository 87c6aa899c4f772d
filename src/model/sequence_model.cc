#include "model/sequence_model.h"

#include <cstdlib>

#include "base/plugin.h"

namespace p5 {

namespace {

// A function of libp5_torch.so. Its OpenMP threads sleep when they wait: spinning gains little on an idle machine, and
// on one with other work it made a training step ten times slower. Whoever sets the variable is obeyed.
template <typename Function>
Function from_torch(const char* symbol) {
  ::setenv("OMP_WAIT_POLICY", "passive", 0);
  return reinterpret_cast<Function>(torch_symbol(symbol));
}

}  // namespace

// The factories that libp5_torch.so exports. Exceptions cross: both sides come from one compiler.
std::unique_ptr<SequenceModel> make_sequence_model(const ModelSpec& spec, std::uint64_t seed,
                                                   const DeviceOptions& device) {
  using Make = SequenceModel* (*)(const ModelSpec*, std::uint64_t, const DeviceOptions*);
  static const auto make = from_torch<Make>("p5_torch_make_model");
  return std::unique_ptr<SequenceModel>(make(&spec, seed, &device));
}

std::unique_ptr<SequenceModel> load_sequence_model(const std::filesystem::path& folder, const DeviceOptions& device) {
  using Load = SequenceModel* (*)(const char*, const DeviceOptions*);
  static const auto load = from_torch<Load>("p5_torch_load_model");
  return std::unique_ptr<SequenceModel>(load(folder.c_str(), &device));
}

}  // namespace p5
