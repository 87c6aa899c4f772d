// A BERT with two layers whose weights follow a formula, in Hugging Face's files.
#pragma once

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "model/safetensors.h"

namespace p5::test {

inline constexpr const char* kTinyBertConfig =
    R"({"model_type": "bert", "hidden_size": 6, "num_hidden_layers": 2, "num_attention_heads": 2,
        "intermediate_size": 10, "vocab_size": 12, "max_position_embeddings": 8, "type_vocab_size": 2,
        "hidden_act": "gelu", "layer_norm_eps": 1e-12, "position_embedding_type": "absolute"})";
// Pieces 0 to 11.
inline constexpr const char* kTinyBertPieces =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\nred\nguitar\nstr\n##ings\n##ing\n!\nblue\nstrap\n";

// Tensor number k, in the order of this list, has 0.8 sin(0.7 i + k) at its flat place i, and 1 more in the weights of
// norms.
inline std::vector<std::pair<std::string, std::vector<std::int64_t>>> tiny_bert_tensors() {
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> tensors = {
      {"embeddings.word_embeddings.weight", {12, 6}},
      {"embeddings.position_embeddings.weight", {8, 6}},
      {"embeddings.token_type_embeddings.weight", {2, 6}},
      {"embeddings.LayerNorm.weight", {6}},
      {"embeddings.LayerNorm.bias", {6}}};
  for (int layer = 0; layer < 2; ++layer) {
    const std::string name = "encoder.layer." + std::to_string(layer) + ".";
    const auto add = [&](const std::string& part, std::int64_t out, std::int64_t in) {
      if (in > 0) {
        tensors.push_back({name + part + ".weight", {out, in}});
      } else {
        tensors.push_back({name + part + ".weight", {out}});
      }
      tensors.push_back({name + part + ".bias", {out}});
    };
    for (const char* part : {"attention.self.query", "attention.self.key", "attention.self.value"}) add(part, 6, 6);
    add("attention.output.dense", 6, 6);
    add("attention.output.LayerNorm", 6, 0);
    add("intermediate.dense", 10, 6);
    add("output.dense", 6, 10);
    add("output.LayerNorm", 6, 0);
  }
  return tensors;
}

inline void write_tiny_bert(const std::filesystem::path& folder, const std::string& prefix = {}) {
  std::filesystem::create_directories(folder);
  std::vector<std::vector<float>> values;
  std::vector<TensorRecord> records;
  for (const auto& [name, shape] : tiny_bert_tensors()) {
    std::size_t count = 1;
    for (const std::int64_t size : shape) count *= static_cast<std::size_t>(size);
    const double base = name.ends_with("LayerNorm.weight") ? 1.0 : 0.0, k = static_cast<double>(values.size());
    std::vector<float> tensor;
    for (std::size_t i = 0; i < count; ++i) {
      tensor.push_back(static_cast<float>(base + 0.8 * std::sin(0.7 * static_cast<double>(i) + k)));
    }
    values.push_back(std::move(tensor));
    records.push_back({prefix + name, TensorType::kF32, shape, {}});
  }
  for (std::size_t i = 0; i < records.size(); ++i) records[i].bytes = std::as_bytes(std::span(values[i]));
  write_safetensors(folder / "model.safetensors", std::move(records));
  write_file_atomically(folder / "config.json", kTinyBertConfig);
  write_file_atomically(folder / "vocab.txt", kTinyBertPieces);
}

}  // namespace p5::test
