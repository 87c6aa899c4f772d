// Multi-head attention without biases and without score scaling, as in T5.
#pragma once

#include <torch/torch.h>

#include <cstdint>

#include "nn/adaptable_weight_module.h"
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

// What is added to scores, float32; undefined adds nothing. Keys are the prefix, where there is one, and the others.
struct ScoreBias {
  torch::Tensor position;  // [1 or rows, heads, queries, keys], see RelativePositionBiasModule
  torch::Tensor hidden;    // [rows, 1, 1, keys]: 0, or kHiddenScore for padding
};

// Not thread-safe.
class AttentionModule : public torch::nn::Module {
 public:
  explicit AttentionModule(const AttentionOptions& options);

  // Learnt keys and values before those of every sequence: columns [first, first + 2 * inner) of `all` [prefix, ...],
  // keys first. Once, and before anything else.
  void set_prefix(const torch::Tensor& all, std::int64_t first);

  // states [rows, length, d_model] attend to themselves: [rows, length, d_model]. REQUIRES kind kSelf.
  torch::Tensor self(const torch::Tensor& states, const ScoreBias& bias);
  // The newest token, states [rows, 1, d_model], attends to the cache and itself, and joins the cache, which begins
  // with the prefix. REQUIRES kSelf.
  torch::Tensor self_step(const torch::Tensor& states, const ScoreBias& bias, KeyValue& cache);

  // memory_states [rows, keys, d_model], behind the prefix. REQUIRES kCross, as does cross().
  KeyValue project_memory(const torch::Tensor& memory_states);
  // states [rows, queries, d_model] attend to the memory of their row.
  torch::Tensor cross(const torch::Tensor& states, const KeyValue& memory, const ScoreBias& bias);

  // The parameters as the fused layers take them; `norm` is the weight of the norm before this layer.
  AttentionTensors tensors(const torch::Tensor& norm, double epsilon) const;
  // One of the products, for what adapts it: rows [first, first + rows) of `weight`.
  enum class Product { kQuery, kKey, kValue, kOutput };
  struct Place {
    AdaptableWeight* weight = nullptr;
    std::int64_t first = 0, rows = 0;
  };
  Place place_of(Product product);

  // Rows [heads * d_kv, d_model] of one product, detached, views of what is stored unless something changes it;
  // output_weight is [d_model, heads * d_kv].
  torch::Tensor query_weight() const { return rows_of(Product::kQuery); }
  torch::Tensor key_weight() const { return rows_of(Product::kKey); }
  torch::Tensor value_weight() const { return rows_of(Product::kValue); }
  torch::Tensor output_weight() const { return output_.seen().detach(); }

 private:
  torch::Tensor rows_of(Product product) const;
  torch::Tensor prefix_part(std::int64_t part) const;  // [prefix, inner] of keys (0) or values; or undefined
  // The prefix before keys and values [rows, heads, length, d_kv].
  KeyValue after_prefix(const KeyValue& own) const;
  // [rows, length, parts * inner] to [parts, rows, heads, length, d_kv].
  torch::Tensor split_heads(const torch::Tensor& projected, std::int64_t parts) const;
  torch::Tensor attend(const torch::Tensor& query, const KeyValue& memory, const ScoreBias& bias);

  AttentionOptions options_;
  AdaptableWeight qkv_;         // kSelf: [3 * inner, d_model]
  AdaptableWeight query_, kv_;  // kCross: [inner, d_model], [2 * inner, d_model]
  AdaptableWeight output_;      // [d_model, inner]
  torch::Tensor prefix_;        // [prefix, ...], of the model; undefined without one
  std::int64_t prefix_first_ = 0;
};

}  // namespace p5
