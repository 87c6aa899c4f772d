// A folder with an adapter in place of whole weights (docs/formats.md, "Adapters"): opened, its changes are merged into
// the base's tensors, so that whoever reads weights need not know that there is an adapter. Torch-free; thread-safe:
// free functions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "model/adapter_config.h"
#include "model/model_spec.h"
#include "model/safetensors.h"

namespace p5 {

// Whether the folder has an adapter and no weights of its own.
bool is_adapter(const std::filesystem::path& folder);

// The folder of the adapter's base. Throws NotFound (model) where it is not there.
std::filesystem::path base_of(const std::filesystem::path& folder, const AdapterConfig& config);

// Checksums of a folder's files of weights, by which an adapter knows its base.
std::string weights_digest(const std::filesystem::path& folder);

// The base's tensors as the adapter changes them, in float32 where it does. Throws Corrupted (model), naming file,
// tensor, expected and got, where adapter and base do not fit each other, and as AdapterConfig::read() and base_of().
SafetensorsFile open_adapted_weights(const std::filesystem::path& folder);

// Names in the own tensors: rows of tables over the vocabulary.
inline constexpr const char* kSourceRowsName = "source_rows";  // [vocabulary] I32: row in the base, or -1
inline constexpr const char* kRowsPrefix = "rows/";            // + name of a table: [new tokens, width], in their order

// Writes the two files of tensors, the configuration, and the spec's config.json.
void save_adapter(const std::filesystem::path& folder, const ModelSpec& spec, const AdapterConfig& config,
                  std::vector<TensorRecord> tensors, std::vector<TensorRecord> own_tensors);

}  // namespace p5
