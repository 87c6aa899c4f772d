// Multi-head attention without biases and without score scaling, as in T5.
#pragma once

#include <torch/torch.h>

#include <cstdint>

#include "nn/fused_layers_module.h"
#include "nn/kv_cache_module.h"

namespace p5 {

struct AttentionOptions {
  enum class Kind { kSelf, kCross };
  std::int64_t d_model = 512;
  std::int64_t heads = 8;
  std::int64_t d_kv = 64;  // heads * d_kv need not be d_model
  double dropout = 0.0;    // of the attention weights
  Kind kind = Kind::kSelf;
};

// What is added to scores, float32; undefined adds nothing.
struct ScoreBias {
  torch::Tensor position;  // [1, heads, queries, keys], see RelativePositionBiasModule
  torch::Tensor hidden;    // [rows, 1, 1, keys]: 0, or kHiddenScore for padding
};

// Not thread-safe.
class AttentionModule : public torch::nn::Module {
 public:
  explicit AttentionModule(const AttentionOptions& options);

  // states [rows, length, d_model] attend to themselves: [rows, length, d_model]. REQUIRES kind kSelf.
  torch::Tensor self(const torch::Tensor& states, const ScoreBias& bias);
  // The newest token, states [rows, 1, d_model], attends to the cache and itself, and joins the cache. REQUIRES kSelf.
  torch::Tensor self_step(const torch::Tensor& states, const ScoreBias& bias, KeyValue& cache);

  // memory_states [rows, keys, d_model]. REQUIRES kCross, as does cross().
  KeyValue project_memory(const torch::Tensor& memory_states);
  // states [rows, queries, d_model] attend to the memory of their row.
  torch::Tensor cross(const torch::Tensor& states, const KeyValue& memory, const ScoreBias& bias);

  // The parameters as the fused layers take them; `norm` is the weight of the norm before this layer.
  AttentionTensors tensors(const torch::Tensor& norm, double epsilon) const;
  // Views [heads * d_kv, d_model] of one stored product, detached; output_weight is [d_model, heads * d_kv].
  torch::Tensor query_weight() const;
  torch::Tensor key_weight() const;
  torch::Tensor value_weight() const;
  torch::Tensor output_weight() const { return output_.detach(); }

 private:
  // [rows, length, parts * inner] to [parts, rows, heads, length, d_kv].
  torch::Tensor split_heads(const torch::Tensor& projected, std::int64_t parts) const;
  torch::Tensor attend(const torch::Tensor& query, const KeyValue& memory, const ScoreBias& bias);

  AttentionOptions options_;
  torch::Tensor qkv_;         // kSelf: [3 * inner, d_model]
  torch::Tensor query_, kv_;  // kCross: [inner, d_model], [2 * inner, d_model]
  torch::Tensor output_;      // [d_model, inner]
};

}  // namespace p5
