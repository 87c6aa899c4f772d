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
// What is next to the shards of a large model: which of them holds which tensor.
inline constexpr const char* kShardIndexEnding = ".index.json";

// Whether there is a weights file, or an index of its shards.
bool has_weights(const std::filesystem::path& path);
// Throws NotFound (model) when there is neither that nor an adapter in the same folder (model/adapter_weights.h).
void require_weights(const std::filesystem::path& path);
// The config.json of a folder of weights; an adapter may leave it to its base.
std::filesystem::path config_of(const std::filesystem::path& folder);
// Opens a weights file, or its shards, or an adapter with its base; throws as require_weights(), as SafetensorsFile
// does, and Corrupted (model) for a damaged index. Names that the index lists and no shard holds are passed over:
// writers list copies of tensors.
SafetensorsFile open_weights(const std::filesystem::path& path);

// Writes both files; makes the folder where there is none.
void save_checkpoint(const std::filesystem::path& folder, const ModelSpec& spec, std::vector<TensorRecord> records);

}  // namespace p5
