#include "nn/attention_module.h"

#include <torch/version.h>

#include "nn/autocast_module.h"
#include "nn/dropout_module.h"

namespace p5 {
namespace {

// softmax(query * key^T + bias) * value with dropout of the weights.
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 1)
constexpr bool kHasFusedAttention = true;
// The scores never reach the GPU's memory (Dao et al. 2022; Rabe and Staats 2021).
torch::Tensor fused_attention_on_gpu(const torch::Tensor& query, const KeyValue& memory, const ScoreBias& bias,
                                     double dropout) {
  torch::Tensor added = bias.position;
  if (bias.hidden.defined()) added = added.defined() ? added + bias.hidden : bias.hidden;
  const bool masked = added.defined();
  if (masked) added = added.to(query.scalar_type());
  return at::scaled_dot_product_attention(query, memory.key, memory.value,
                                          masked ? std::optional<at::Tensor>(added) : std::nullopt, dropout,
                                          /*is_causal=*/false, /*scale=*/1.0);
}
#else
constexpr bool kHasFusedAttention = false;
torch::Tensor fused_attention_on_gpu(const torch::Tensor&, const KeyValue&, const ScoreBias&, double) { return {}; }
#endif

}  // namespace

AttentionModule::AttentionModule(const AttentionOptions& options) : options_(options) {
  const std::int64_t inner = options.heads * options.d_kv;
  if (options.kind == AttentionOptions::Kind::kSelf) {
    qkv_ = AdaptableWeight(register_parameter("qkv", torch::empty({3 * inner, options.d_model})));
  } else {
    query_ = AdaptableWeight(register_parameter("q", torch::empty({inner, options.d_model})));
    kv_ = AdaptableWeight(register_parameter("kv", torch::empty({2 * inner, options.d_model})));
  }
  output_ = AdaptableWeight(register_parameter("o", torch::empty({options.d_model, inner})));
}

torch::Tensor AttentionModule::rows_of(Product product) const {
  const Place place = const_cast<AttentionModule*>(this)->place_of(product);
  return place.weight->seen().detach().narrow(0, place.first, place.rows);
}

AttentionModule::Place AttentionModule::place_of(Product product) {
  const std::int64_t inner = options_.heads * options_.d_kv;
  const bool cross = query_.defined();
  switch (product) {
    case Product::kQuery:
      return {cross ? &query_ : &qkv_, 0, inner};
    case Product::kKey:
      return {cross ? &kv_ : &qkv_, cross ? 0 : inner, inner};
    case Product::kValue:
      return {cross ? &kv_ : &qkv_, cross ? inner : 2 * inner, inner};
    case Product::kOutput:
      break;
  }
  return {&output_, 0, options_.d_model};
}

AttentionTensors AttentionModule::tensors(const torch::Tensor& norm, double epsilon) const {
  return {norm,           query_.defined() ? query_.seen() : qkv_.seen(),
          kv_.seen(),     output_.seen(),
          options_.heads, epsilon,
          prefix_part(0), prefix_part(1)};
}

void AttentionModule::set_prefix(const torch::Tensor& all, std::int64_t first) {
  prefix_ = all;
  prefix_first_ = first;
}

torch::Tensor AttentionModule::prefix_part(std::int64_t part) const {
  if (!prefix_.defined()) return {};
  const std::int64_t inner = options_.heads * options_.d_kv;
  return prefix_.narrow(1, prefix_first_ + part * inner, inner);
}

KeyValue AttentionModule::after_prefix(const KeyValue& own) const {
  if (!prefix_.defined()) return own;
  const auto join = [&](std::int64_t part, const torch::Tensor& after) {
    const torch::Tensor rows = prefix_part(part).view({1, prefix_.size(0), options_.heads, options_.d_kv});
    const torch::Tensor before = rows.transpose(1, 2).expand({after.size(0), -1, -1, -1});
    return torch::cat({before.to(after.scalar_type()), after}, 2);
  };
  return {join(0, own.key), join(1, own.value)};
}

torch::Tensor AttentionModule::split_heads(const torch::Tensor& projected, std::int64_t parts) const {
  return projected.view({projected.size(0), projected.size(1), parts, options_.heads, options_.d_kv})
      .permute({2, 0, 3, 1, 4})
      .contiguous();
}

torch::Tensor AttentionModule::attend(const torch::Tensor& query, const KeyValue& memory, const ScoreBias& bias) {
  torch::Tensor mixed;  // [rows, heads, queries, d_kv]
  if (kHasFusedAttention && query.is_cuda()) {
    mixed = fused_attention_on_gpu(query, memory, bias, is_training() ? options_.dropout : 0.0);
  } else {
    torch::Tensor scores = torch::matmul(query, memory.key.transpose(2, 3));
    if (bias.position.defined()) scores = sum_of(scores, bias.position);
    if (bias.hidden.defined()) scores = sum_of(scores, bias.hidden);
    mixed = torch::matmul(hashed_dropout(scores.softmax(-1), options_.dropout, is_training()), memory.value);
  }
  const torch::Tensor joined =
      mixed.transpose(1, 2).reshape({mixed.size(0), mixed.size(2), options_.heads * options_.d_kv});
  return torch::linear(joined, output_.seen());
}

torch::Tensor AttentionModule::self(const torch::Tensor& states, const ScoreBias& bias) {
  const torch::Tensor parts = split_heads(torch::linear(states, qkv_.seen()), 3);
  return attend(parts[0], after_prefix({parts[1], parts[2]}), bias);
}

torch::Tensor AttentionModule::self_step(const torch::Tensor& states, const ScoreBias& bias, KeyValue& cache) {
  const torch::Tensor parts = split_heads(torch::linear(states, qkv_.seen()), 3);
  const KeyValue newest = {parts[1], parts[2]};
  cache.append(cache.length() == 0 ? after_prefix(newest) : newest);
  return attend(parts[0], cache, bias);
}

KeyValue AttentionModule::project_memory(const torch::Tensor& memory_states) {
  const torch::Tensor parts = split_heads(torch::linear(memory_states, kv_.seen()), 2);
  return after_prefix({parts[0], parts[1]});
}

torch::Tensor AttentionModule::cross(const torch::Tensor& states, const KeyValue& memory, const ScoreBias& bias) {
  return attend(split_heads(torch::linear(states, query_.seen()), 1)[0], memory, bias);
}

}  // namespace p5
