#include "t5/t5_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/file.h"
#include "model/config_fields.h"
#include "p5/error.h"
#include "t5/attention_prefix.h"

namespace p5 {
namespace {

void read_shape(const ConfigFields& fields, T5Spec& spec) {
  fields.read("vocab_size", spec.vocab_size, 3, 1 << 27);
  fields.read("d_model", spec.d_model, 1, T5Spec::kMaxWidth);
  fields.read("d_kv", spec.d_kv, 1, T5Spec::kMaxHeadWidth);
  fields.read("d_ff", spec.d_ff, 1, T5Spec::kMaxHidden);
  fields.read("num_layers", spec.num_layers, 1, T5Spec::kMaxLayers);
  spec.num_decoder_layers = spec.num_layers;
  fields.read("num_decoder_layers", spec.num_decoder_layers, 1, T5Spec::kMaxLayers);
  fields.read("num_heads", spec.num_heads, 1, T5Spec::kMaxHeads);
  fields.read("relative_attention_num_buckets", spec.relative_attention_num_buckets, 4, 1 << 14);
  // Logarithmic buckets begin at half of the buckets and end here.
  fields.read("relative_attention_max_distance", spec.relative_attention_max_distance,
              spec.relative_attention_num_buckets / 2 + 1, 1 << 20);
  spec.whole_word_rows = 0;  // a plain T5 has no such table
  fields.read("whole_word_rows", spec.whole_word_rows, 0, T5Spec::kMaxWholeWords);
}

T5Spec with_sizes(std::int64_t vocab, std::int64_t width, std::int64_t layers, std::int64_t heads) {
  T5Spec spec;
  spec.vocab_size = vocab;
  spec.d_model = width;
  spec.num_layers = spec.num_decoder_layers = layers;
  spec.num_heads = heads;
  spec.d_kv = width / heads;
  spec.d_ff = 4 * width;
  return spec;
}

// Values that adapters add.
double adapter_values(const T5Spec& spec) {
  const auto width = static_cast<double>(spec.d_model), bottleneck = static_cast<double>(spec.adapter_width);
  const auto encoder = static_cast<double>(spec.num_layers), decoder = static_cast<double>(spec.num_decoder_layers);
  const double tails = 2 * encoder + 3 * decoder;
  const double bottlenecks = bottleneck == 0 ? 0 : spec.adapter_after_attention ? tails : encoder + decoder;
  const double prefix = static_cast<double>(spec.prefix_tokens) * static_cast<double>(prefix_width(spec));
  return static_cast<double>(spec.prompt_tokens + spec.user_prompt_rows) * width + prefix +
         bottlenecks * (2 * width * bottleneck + bottleneck + width) + (spec.sub_layer_biases ? tails * width : 0);
}

}  // namespace

T5Spec T5Spec::preset(const std::string& name) {
  // T5's own vocabulary without the rows that only pad it; P5's published sizes are based on it.
  constexpr std::int64_t kPieces = 32100;
  const std::vector<std::pair<std::string, T5Spec>> presets = {
      {"nano", with_sizes(kPieces, 32, 2, 4)},
      {"tiny", with_sizes(kPieces, 64, 2, 4)},
      {"small", with_sizes(kPieces, 512, 6, 8)},
      {"base", with_sizes(kPieces, 768, 12, 12)},
  };
  std::vector<std::string> names;
  for (const auto& [known, spec] : presets) {
    if (known == name) return spec;
    names.push_back(known);
  }
  throw usage_error("unknown model preset",
                    {.expected = fmt::format("one of {}", fmt::join(names, ", ")), .got = name});
}

std::int64_t T5Spec::parameter_count() const {
  // Doubles are exact far beyond any model that fits a machine, and do not overflow for the others.
  const auto width = static_cast<double>(d_model), heads = static_cast<double>(num_heads);
  const double attention = 4 * width * heads * static_cast<double>(d_kv);
  const double feed_forward = (feed_forward_proj == "gated-gelu" ? 3 : 2) * width * static_cast<double>(d_ff);
  const double tables = static_cast<double>(vocab_size * (tie_word_embeddings ? 1 : 2) + whole_word_rows) * width;
  const double ends = static_cast<double>(relative_attention_num_buckets) * heads + width;  // bias and last norm
  const double encoder = static_cast<double>(num_layers) * (attention + feed_forward + 2 * width) + ends;
  const double decoder = static_cast<double>(num_decoder_layers) * (2 * attention + feed_forward + 3 * width) + ends;
  constexpr double kMax = 9e18;
  const double evidence = static_cast<double>(evidence_depths * (1 + evidence_ages));
  return static_cast<std::int64_t>(std::min(tables + encoder + decoder + evidence + adapter_values(*this), kMax));
}

TrainingMemory T5Spec::training_memory(std::int64_t optimizer_buffers, std::int64_t batch_tokens) const {
  constexpr double kBytes = 4;  // of a float32
  const auto width = static_cast<double>(d_model), hidden = static_cast<double>(d_ff);
  const double inner = static_cast<double>(num_heads) * static_cast<double>(d_kv);
  // Inputs of each product: of q, k, v (one), o, wi and wo, and the projected q, k, v.
  const double encoder = static_cast<double>(num_layers) * (2 * width + 4 * inner + hidden);
  TrainingMemory memory;
  memory.state = kBytes * static_cast<double>(parameter_count()) * static_cast<double>(3 + optimizer_buffers);
  // A batch is mostly sources, so all of its tokens are counted as such.
  memory.activations = kBytes * static_cast<double>(batch_tokens) * encoder;
  return memory;
}

void T5Spec::write_json(const std::filesystem::path& config_json) const {
  nlohmann::ordered_json document = {
      {"architectures", {"T5ForConditionalGeneration"}},
      {"model_type", model_type()},
      {"vocab_size", vocab_size},
      {"d_model", d_model},
      {"d_kv", d_kv},
      {"d_ff", d_ff},
      {"num_layers", num_layers},
      {"num_decoder_layers", num_decoder_layers},
      {"num_heads", num_heads},
      {"relative_attention_num_buckets", relative_attention_num_buckets},
      {"relative_attention_max_distance", relative_attention_max_distance},
      {"dropout_rate", dropout_rate},
      {"layer_norm_epsilon", layer_norm_epsilon},
      {"initializer_factor", initializer_factor},
      {"initializer_embedding", initializer_embedding},
      {"initializer_id_embedding", initializer_id_embedding},
      {"first_id_row", first_id_row},
      {"initializer_copy", initializer_copy},
      {"feed_forward_proj", feed_forward_proj},
      {"is_encoder_decoder", true},
      {"use_cache", true},
      {"pad_token_id", 0},
      {"eos_token_id", 1},
      {"decoder_start_token_id", 0},
      {"tie_word_embeddings", tie_word_embeddings},
      {"scale_decoder_outputs", scale_decoder_outputs},
      {"whole_word_rows", whole_word_rows},
  };
  if (evidence_depths > 0) {  // no plain T5 has it
    document["evidence_depths"] = evidence_depths;
    document["evidence_ages"] = evidence_ages;
    document["initializer_evidence"] = initializer_evidence;
    document["initializer_repeat"] = initializer_repeat;
  }
  if (prompt_tokens > 0) document["prompt_tokens"] = prompt_tokens;
  if (user_prompt_tokens > 0) {
    document["user_prompt_tokens"] = user_prompt_tokens;
    document["user_prompt_rows"] = user_prompt_rows;
    document["user_prompt_digest"] = user_prompt_digest;
  }
  if (prefix_tokens > 0) {
    document["prefix_tokens"] = prefix_tokens;
    document["prefix_decoder_only"] = prefix_decoder_only;
  }
  if (adapter_width > 0) {
    document["adapter_width"] = adapter_width;
    document["adapter_after_attention"] = adapter_after_attention;
  }
  if (sub_layer_biases) document["sub_layer_biases"] = true;
  write_file_atomically(config_json, document.dump(2) + "\n");
}

T5Spec T5Spec::read_json(const std::filesystem::path& config_json) {
  const ConfigFields fields(config_json);
  T5Spec spec;
  std::string type;
  fields.read_choice("model_type", type, {kModelTypes.begin(), kModelTypes.end()});
  read_shape(fields, spec);
  fields.read("dropout_rate", spec.dropout_rate, 0.0, 0.99);
  fields.read("layer_norm_epsilon", spec.layer_norm_epsilon, 1e-12, 0.1);
  fields.read("initializer_factor", spec.initializer_factor, 1e-6, 1e3);
  fields.read("initializer_embedding", spec.initializer_embedding, 1e-6, 1e3);
  fields.read("initializer_id_embedding", spec.initializer_id_embedding, 0.0, 1e3);
  fields.read("first_id_row", spec.first_id_row, 0, spec.vocab_size);
  fields.read("initializer_copy", spec.initializer_copy);
  fields.read("evidence_depths", spec.evidence_depths, 0, kMaxEvidenceDepths);
  fields.read("evidence_ages", spec.evidence_ages, 0, kMaxEvidenceAges);
  fields.read("initializer_evidence", spec.initializer_evidence, -1e3, 1e3);
  fields.read("initializer_repeat", spec.initializer_repeat, -1e3, 1e3);
  fields.read("prompt_tokens", spec.prompt_tokens, 0, kMaxPromptTokens);
  fields.read("user_prompt_tokens", spec.user_prompt_tokens, 0, kMaxPromptTokens);
  fields.read("user_prompt_rows", spec.user_prompt_rows, spec.user_prompt_tokens > 0 ? 1 : 0, kMaxUserRows);
  fields.read("user_prompt_digest", spec.user_prompt_digest);
  fields.read("prefix_tokens", spec.prefix_tokens, 0, kMaxPromptTokens);
  fields.read("prefix_decoder_only", spec.prefix_decoder_only);
  fields.read("adapter_width", spec.adapter_width, 0, kMaxWidth);
  fields.read("adapter_after_attention", spec.adapter_after_attention);
  fields.read("sub_layer_biases", spec.sub_layer_biases);
  fields.read_choice("feed_forward_proj", spec.feed_forward_proj, {"relu", "gated-gelu"});
  fields.read("tie_word_embeddings", spec.tie_word_embeddings);
  // In older files only tie_word_embeddings says whether outputs are scaled.
  spec.scale_decoder_outputs = spec.tie_word_embeddings;
  fields.read("scale_decoder_outputs", spec.scale_decoder_outputs);
  // p5's code depends on T5's special tokens.
  fields.require_token("pad_token_id", 0);
  fields.require_token("eos_token_id", 1);
  fields.require_token("decoder_start_token_id", 0);
  return spec;
}

}  // namespace p5
