#include "t5/t5_architecture.h"

#include "model/checkpoint_weights.h"
#include "nn/torch_library.h"
#include "t5/t5_checkpoint.h"
#include "t5/t5_cpu_model.h"
#include "t5/t5_spec.h"

namespace p5 {
namespace {

std::unique_ptr<ModelSpec> read_t5_spec(const std::filesystem::path& folder) {
  return std::make_unique<T5Spec>(spec_of_checkpoint(T5Spec::read_json(config_of(folder)), open_t5_weights(folder)));
}

std::unique_ptr<SequenceModel> make_t5(const ModelSpec& spec, std::uint64_t seed, const DeviceOptions& device) {
  using Make = SequenceModel* (*)(const T5Spec*, std::uint64_t, const DeviceOptions*);
  static const auto make = torch_library().function<Make>("p5_torch_make_t5");
  return std::unique_ptr<SequenceModel>(make(&dynamic_cast<const T5Spec&>(spec), seed, &device));
}

std::unique_ptr<SequenceModel> load_t5(const std::filesystem::path& folder, const DeviceOptions& device) {
  if (!may_use_gpu(device)) {
    if (std::unique_ptr<SequenceModel> model = T5CpuModel::load(folder, device)) return model;
  }
  using Load = SequenceModel* (*)(const char*, const DeviceOptions*);
  static const auto load = torch_library().function<Load>("p5_torch_load_t5");
  return std::unique_ptr<SequenceModel>(load(folder.c_str(), &device));
}

}  // namespace

Architecture t5_architecture() {
  return {.model_types = T5Spec::kModelTypes, .read_spec = read_t5_spec, .make = make_t5, .load = load_t5};
}

}  // namespace p5
