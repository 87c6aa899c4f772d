// Weights and adapters as files, for `p5 model merge` and `p5 model show`. Thread-safe: free functions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace p5 {

struct ModelFacts {
  std::filesystem::path folder;  // of the weights
  std::string adapter;           // "LORA"; empty: whole weights
  std::filesystem::path base;    // of an adapter
  std::int64_t parameters = 0;   // of the whole model
  std::uint64_t bytes = 0;       // of the folder's own tensors
  std::int64_t stored = 0;       // numbers in them
};

// `model`: a run, or a folder of weights. Throws NotFound or Corrupted (model).
ModelFacts model_facts(const std::filesystem::path& model);

// Writes config.json and model.safetensors of a run or a folder, an adapter merged into its base, to `out`, which must
// not be there. Throws as reading the weights does.
void merge_model(const std::filesystem::path& model, const std::filesystem::path& out);

// The adapter of a bundle becomes part of its weights, so that they need no other run; whole weights stay as they are.
void merge_adapter(const std::filesystem::path& bundle);

}  // namespace p5
