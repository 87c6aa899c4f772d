#include "model/sequence_model.h"

#include "base/plugin.h"

namespace p5 {

// The factories that libp5_torch.so exports. Exceptions cross: both sides come from one compiler.
std::unique_ptr<SequenceModel> make_sequence_model(const ModelSpec& spec, std::uint64_t seed,
                                                   const DeviceOptions& device) {
  using Make = SequenceModel* (*)(const ModelSpec*, std::uint64_t, const DeviceOptions*);
  static const auto make = reinterpret_cast<Make>(torch_symbol("p5_torch_make_model"));
  return std::unique_ptr<SequenceModel>(make(&spec, seed, &device));
}

std::unique_ptr<SequenceModel> load_sequence_model(const std::filesystem::path& folder, const DeviceOptions& device) {
  using Load = SequenceModel* (*)(const char*, const DeviceOptions*);
  static const auto load = reinterpret_cast<Load>(torch_symbol("p5_torch_load_model"));
  return std::unique_ptr<SequenceModel>(load(folder.c_str(), &device));
}

}  // namespace p5
