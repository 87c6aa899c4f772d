// adapter_config.json: what an adapter's tensors mean and which base they belong to, in the layout of Hugging Face's
// PEFT. A plain value; thread-safe as values are.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace p5 {

struct AdapterConfig {
  static constexpr const char* kFile = "adapter_config.json";
  static constexpr const char* kTensorsFile = "adapter_model.safetensors";
  // Tensors that PEFT has no place for (docs/formats.md).
  static constexpr const char* kOwnTensorsFile = "p5_tensors.safetensors";

  // "LORA", "IA3", "PROMPT_TUNING", "PREFIX_TUNING" and "LN_TUNING" are PEFT's; "P5_PREFIX", "P5_HOULSBY",
  // "P5_PFEIFFER" and "P5_BIAS" are not, and PEFT cannot load them.
  std::string type = "LORA";
  std::string base;                       // base_model_name_or_path: a folder of weights
  std::string base_digest;                // weights_digest() of the base; empty: written by another program
  std::int64_t rank = 8;                  // LORA
  double alpha = 8;                       // LORA
  bool rslora = false;                    // LORA
  std::vector<std::string> targets = {};  // LORA, IA3
  std::vector<std::string> rank_pattern = {}, alpha_pattern = {};  // "name=number"
  std::int64_t prompt_tokens = 0;                                  // PROMPT_TUNING, PREFIX_TUNING
  std::int64_t layers = 0, heads = 0, inner = 0;                   // PREFIX_TUNING; inner: width of all heads

  // Whether the change is one of the base's tensors; otherwise it stays beside them, and no plain T5 has it.
  bool merges() const { return type == "LORA" || type == "IA3" || type == "LN_TUNING"; }
  // What LoRA's product is multiplied by for the module of this name, with `rank_of_file` from its tensors.
  double scale_of(std::string_view module, std::int64_t rank_of_file) const;

  // Throws Corrupted (model) for a damaged file, and Unsupported (model) for a kind of adapter or an option of PEFT
  // that would change the result and that p5 does not know.
  static AdapterConfig read(const std::filesystem::path& folder);
  void write(const std::filesystem::path& folder) const;
};

}  // namespace p5
