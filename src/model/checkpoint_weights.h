// What a folder of weights says about its model beyond config.json. Torch-free; thread-safe: free functions.
#pragma once

#include <filesystem>
#include <vector>

#include "model/model_spec.h"
#include "model/safetensors.h"

namespace p5 {

// What the files of a folder of weights are called.
inline constexpr const char* kConfigFile = "config.json";
inline constexpr const char* kWeightsFile = "model.safetensors";

// Opens a weights file; when it is missing, the message says so of the model and not of data.
SafetensorsFile open_weights(const std::filesystem::path& path);

// The spec that `file` really holds, checked by check_tensors(). The file decides what config.json cannot be trusted
// with: an lm_head.weight that differs from shared.weight makes the model untied and unscaled, whatever
// tie_word_embeddings says (its meaning changed between writers); else outputs share the embedding and are scaled as
// the configuration tells. A whole-word table that only the file knows of counts too.
ModelSpec spec_of_checkpoint(ModelSpec config, const SafetensorsFile& file);

// Throws Corrupted (model) with the names of missing, unexpected or wrongly shaped tensors. Only the whole-word table
// may be missing.
void check_tensors(const ModelSpec& spec, const SafetensorsFile& file);

// Writes both files; makes the folder where there is none.
void save_checkpoint(const std::filesystem::path& folder, const ModelSpec& spec, std::vector<TensorRecord> records);

}  // namespace p5
