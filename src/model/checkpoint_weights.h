// The files of a folder of weights, whatever the architecture. Torch-free; thread-safe: free functions.
#pragma once

#include <filesystem>
#include <vector>

#include "model/model_spec.h"
#include "model/safetensors.h"

namespace p5 {

// Names of the files in a folder of weights.
inline constexpr const char* kConfigFile = "config.json";
inline constexpr const char* kWeightsFile = "model.safetensors";

// Throws NotFound (model) when the weights file is missing.
void require_weights(const std::filesystem::path& path);
// Opens a weights file; throws as require_weights(), and as SafetensorsFile does.
SafetensorsFile open_weights(const std::filesystem::path& path);

// Writes both files; makes the folder where there is none.
void save_checkpoint(const std::filesystem::path& folder, const ModelSpec& spec, std::vector<TensorRecord> records);

}  // namespace p5
