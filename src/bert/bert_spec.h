// The shape of a BERT (Devlin et al. 2019), as in Hugging Face's config.json. A plain value.
#pragma once

#include <cstdint>
#include <filesystem>

namespace p5 {

struct BertSpec {
  static constexpr const char* kModelType = "bert";

  std::int64_t vocab_size = 30522;
  std::int64_t hidden_size = 768;
  std::int64_t num_hidden_layers = 12;
  std::int64_t num_attention_heads = 12;
  std::int64_t intermediate_size = 3072;
  std::int64_t max_position_embeddings = 512;
  std::int64_t type_vocab_size = 2;
  double layer_norm_eps = 1e-12;

  std::int64_t head_width() const { return hidden_size / num_attention_heads; }
  // Throws NotFound or Corrupted (model), naming field and value, and Unsupported (model) for activations other than
  // GELU and for positions other than absolute ones.
  static BertSpec read_json(const std::filesystem::path& config_json);
};

}  // namespace p5
