#include "nn/attention_module.h"

#include "nn/autocast_module.h"
#include "nn/dropout_module.h"

namespace p5 {

AttentionModule::AttentionModule(const AttentionOptions& options) : options_(options) {
  const std::int64_t inner = options.heads * options.d_kv;
  if (options.kind == AttentionOptions::Kind::kSelf) {
    qkv_ = register_parameter("qkv", torch::empty({3 * inner, options.d_model}));
  } else {
    query_ = register_parameter("q", torch::empty({inner, options.d_model}));
    kv_ = register_parameter("kv", torch::empty({2 * inner, options.d_model}));
  }
  output_ = register_parameter("o", torch::empty({options.d_model, inner}));
}

torch::Tensor AttentionModule::query_weight() const {
  const std::int64_t inner = options_.heads * options_.d_kv;
  return query_.defined() ? query_.detach() : qkv_.detach().narrow(0, 0, inner);
}

torch::Tensor AttentionModule::key_weight() const {
  const std::int64_t inner = options_.heads * options_.d_kv;
  return kv_.defined() ? kv_.detach().narrow(0, 0, inner) : qkv_.detach().narrow(0, inner, inner);
}

torch::Tensor AttentionModule::value_weight() const {
  const std::int64_t inner = options_.heads * options_.d_kv;
  return kv_.defined() ? kv_.detach().narrow(0, inner, inner) : qkv_.detach().narrow(0, 2 * inner, inner);
}

AttentionTensors AttentionModule::tensors(const torch::Tensor& norm, double epsilon) const {
  return {norm, query_.defined() ? query_ : qkv_, kv_, output_, options_.heads, epsilon};
}

torch::Tensor AttentionModule::split_heads(const torch::Tensor& projected, std::int64_t parts) const {
  return projected.view({projected.size(0), projected.size(1), parts, options_.heads, options_.d_kv})
      .permute({2, 0, 3, 1, 4})
      .contiguous();
}

torch::Tensor AttentionModule::attend(const torch::Tensor& query, const KeyValue& memory, const ScoreBias& bias) {
  torch::Tensor scores = torch::matmul(query, memory.key.transpose(2, 3));
  if (bias.position.defined()) scores = sum_of(scores, bias.position);
  if (bias.hidden.defined()) scores = sum_of(scores, bias.hidden);
  const torch::Tensor weights = hashed_dropout(scores.softmax(-1), options_.dropout, is_training());
  const torch::Tensor mixed = torch::matmul(weights, memory.value);  // [rows, heads, queries, d_kv]
  const torch::Tensor joined =
      mixed.transpose(1, 2).reshape({mixed.size(0), mixed.size(2), options_.heads * options_.d_kv});
  return torch::linear(joined, output_);
}

torch::Tensor AttentionModule::self(const torch::Tensor& states, const ScoreBias& bias) {
  const torch::Tensor parts = split_heads(torch::linear(states, qkv_), 3);
  return attend(parts[0], {parts[1], parts[2]}, bias);
}

torch::Tensor AttentionModule::self_step(const torch::Tensor& states, const ScoreBias& bias, KeyValue& cache) {
  const torch::Tensor parts = split_heads(torch::linear(states, qkv_), 3);
  cache.append({parts[1], parts[2]});
  return attend(parts[0], cache, bias);
}

KeyValue AttentionModule::project_memory(const torch::Tensor& memory_states) {
  const torch::Tensor parts = split_heads(torch::linear(memory_states, kv_), 2);
  return {parts[0], parts[1]};
}

torch::Tensor AttentionModule::cross(const torch::Tensor& states, const KeyValue& memory, const ScoreBias& bias) {
  return attend(split_heads(torch::linear(states, query_), 1)[0], memory, bias);
}

}  // namespace p5
