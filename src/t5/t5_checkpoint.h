// What a weights file says about a T5 beyond config.json. Torch-free; thread-safe: free functions.
#pragma once

#include <filesystem>

#include "model/safetensors.h"
#include "t5/t5_spec.h"

namespace p5 {

// The weights in a folder. A file without shared.weight has the embedding under another of its names: safetensors
// stores a shared tensor once, and which name survives depends on the writer. It is then found as shared.weight, too.
SafetensorsFile open_t5_weights(const std::filesystem::path& folder);

// The same for other programs: matrices of integers with scales are put in float32.
SafetensorsFile open_float_t5_weights(const std::filesystem::path& folder);

// The spec that `file` really holds, checked by check_tensors(). The file decides where config.json cannot be trusted:
// an lm_head.weight that differs from shared.weight makes the model untied and unscaled, whatever tie_word_embeddings
// says (its meaning changed between writers). Otherwise outputs share the embedding and are scaled as the configuration
// says; where that says that they neither share it nor are scaled, a missing lm_head.weight is missing. A whole-word
// table that only the file has also counts.
T5Spec spec_of_checkpoint(T5Spec config, const SafetensorsFile& file);

// Throws Corrupted (model) with the names of missing, unexpected or wrongly shaped tensors. Only the whole-word table
// may be missing.
void check_tensors(const T5Spec& spec, const SafetensorsFile& file);

// Writes the tensors of a model of `spec` in float32, with its config.json. REQUIRES check_tensors().
void write_float_checkpoint(const std::filesystem::path& folder, const T5Spec& spec, const SafetensorsFile& file);

// The same as check_tensors() for weights that training of a model of `spec` starts from: `folder` holds the file and
// its config.json, and may have another vocabulary.
void check_tensors_of_start(T5Spec spec, const std::filesystem::path& folder, const SafetensorsFile& file);

}  // namespace p5
