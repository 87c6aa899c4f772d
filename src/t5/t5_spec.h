// The shape of a T5 encoder-decoder, as in Hugging Face's config.json. A plain value.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "model/model_spec.h"

namespace p5 {

struct T5Spec final : ModelSpec {
  // What config.json may call it; p5 writes the first.
  static constexpr std::array<const char*, 2> kModelTypes = {"t5", "mt5"};
  // The largest sizes that config.json may have, and so the largest that can be trained.
  static constexpr std::int64_t kMaxWidth = 1 << 16, kMaxHeadWidth = 1 << 12, kMaxHidden = 1 << 18;
  static constexpr std::int64_t kMaxLayers = 256, kMaxHeads = 1 << 10, kMaxWholeWords = 1 << 20;
  static constexpr std::int64_t kMaxEvidenceDepths = 64, kMaxEvidenceAges = 1 << 12;
  static constexpr std::int64_t kMaxPromptTokens = 1 << 12, kMaxUserRows = 1 << 24;

  T5Spec() {
    vocab_size = 32128;
    whole_word_rows = 512;
  }

  std::int64_t d_model = 512;
  std::int64_t d_kv = 64;
  std::int64_t d_ff = 2048;
  std::int64_t num_layers = 6;
  std::int64_t num_decoder_layers = 6;
  std::int64_t num_heads = 8;
  std::int64_t relative_attention_num_buckets = 32;
  std::int64_t relative_attention_max_distance = 128;
  double dropout_rate = 0.1;
  double layer_norm_epsilon = 1e-6;
  double initializer_factor = 1.0;
  // Fresh weights only. Standard deviation of fresh embeddings: T5's 1, or less, so that training moves small models
  // within few steps.
  double initializer_embedding = 1.0;
  // Fresh weights only. Standard deviation of id rows, [first_id_row, vocab_size), and of the whole-word table; 0 = as
  // for words.
  double initializer_id_embedding = 0.0;
  std::int64_t first_id_row = 0;  // 0: none
  // Fresh weights only. Cross-attention starts as a copy (o times v is the identity where the widths allow): from the
  // first step the decoder reads encoder states in the space of the embeddings.
  bool initializer_copy = false;
  // Weights for evidence about the next token (t5/evidence_weights.h): depths of item paths that have their own, 0 =
  // the model has none, and ages of history items that have a repeat weight.
  std::int64_t evidence_depths = 0, evidence_ages = 0;
  double initializer_evidence = 0.5;       // fresh weights only: the gates
  double initializer_repeat = 0.0;         // fresh weights only: the repeat weights of the items' last tokens
  std::string feed_forward_proj = "relu";  // or gated-gelu
  // What adapters add and no plain T5 has: learnt vectors before every source (t5/prompt_tokens.h), and after
  // sub-layers (nn/sub_layer_tail_module.h) a bottleneck of this width, after attention too or not, and a bias.
  std::int64_t prompt_tokens = 0;
  // Vectors before every source that are chosen by what is known of its user (t5/prompt_tokens.h): how many of a
  // source, rows of their table, and what tells rows of one meaning from those of another.
  std::int64_t user_prompt_tokens = 0, user_prompt_rows = 0;
  std::string user_prompt_digest = {};
  std::int64_t prefix_tokens = 0;  // learnt keys and values of attentions (t5/attention_prefix.h)
  bool prefix_decoder_only = false;
  std::int64_t adapter_width = 0;
  bool adapter_after_attention = false;
  bool sub_layer_biases = false;
  bool tie_word_embeddings = true;
  bool scale_decoder_outputs = true;  // decoder output times d_model^-0.5 before the logits

  // nano, tiny, small (60.75M with P5's tables) or base (223.28M). Throws InvalidArgument naming the known presets.
  static T5Spec preset(const std::string& name);
  std::string_view model_type() const override { return kModelTypes.front(); }
  std::int64_t parameter_count() const override;
  // A lower bound: of the states between layers it counts those that any backward pass needs. It counts neither logits
  // nor attention scores, which fused kernels never store.
  TrainingMemory training_memory(std::int64_t optimizer_buffers, std::int64_t batch_tokens) const override;

  void write_json(const std::filesystem::path& config_json) const override;
  static T5Spec read_json(const std::filesystem::path& config_json);  // Corrupted (model) names field and value
};

}  // namespace p5
