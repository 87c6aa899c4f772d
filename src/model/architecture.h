// One kind of model, as a row of the list of all (architectures/architecture_list.h). A plain value.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "model/device_options.h"
#include "model/sequence_model.h"

namespace p5 {

struct Architecture {
  // What config.json may call it as "model_type"; the first is what ModelSpec::model_type() says.
  std::span<const char* const> model_types;
  // The shape of the weights in a folder, by config.json and the header of model.safetensors.
  std::unique_ptr<ModelSpec> (*read_spec)(const std::filesystem::path& folder);
  // Fresh weights from `seed`, ready to be trained. REQUIRES a spec of this architecture.
  std::unique_ptr<SequenceModel> (*make)(const ModelSpec& spec, std::uint64_t seed, const DeviceOptions& device);
  // Weights and config.json of a folder, for evaluation, not for training.
  std::unique_ptr<SequenceModel> (*load)(const std::filesystem::path& folder, const DeviceOptions& device);
};

}  // namespace p5
