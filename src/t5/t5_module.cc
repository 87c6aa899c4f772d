#include "t5/t5_module.h"

#include <ATen/CPUGeneratorImpl.h>
#include <algorithm>

#include <cmath>
#include <optional>
#include <utility>

#include "base/rng.h"
#include "nn/autocast_module.h"
#include "nn/dropout_module.h"
#include "t5/tensor_names.h"

namespace p5 {
namespace {

AttentionOptions attention_options(const T5Spec& spec, AttentionOptions::Kind kind) {
  return {
      .d_model = spec.d_model, .heads = spec.num_heads, .d_kv = spec.d_kv, .dropout = spec.dropout_rate, .kind = kind};
}

FeedForwardOptions feed_forward_options(const T5Spec& spec) {
  return {.d_model = spec.d_model,
          .d_ff = spec.d_ff,
          .dropout = spec.dropout_rate,
          .activation = spec.feed_forward_proj == "gated-gelu" ? FeedForwardOptions::Activation::kGatedGelu
                                                               : FeedForwardOptions::Activation::kRelu};
}

RelativePositionOptions bias_options(const T5Spec& spec, RelativePositionOptions::Direction direction) {
  const bool causal = direction == RelativePositionOptions::Direction::kCausal;
  return {.buckets = spec.relative_attention_num_buckets,
          .max_distance = spec.relative_attention_max_distance,
          .heads = spec.num_heads,
          .direction = direction,
          .prefix = prefix_keys(spec, causal ? PrefixPlace::kDecoder : PrefixPlace::kEncoder)};
}

void append_attention(const AttentionModule& attention, const std::string& prefix, std::vector<NamedWeight>& weights) {
  weights.push_back({prefix + "q.weight", attention.query_weight()});
  weights.push_back({prefix + "k.weight", attention.key_weight()});
  weights.push_back({prefix + "v.weight", attention.value_weight()});
  weights.push_back({prefix + "o.weight", attention.output_weight()});
}

bool ends_with(const std::string& name, std::string_view end) {
  return name.size() >= end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0;
}

double id_deviation(const T5Spec& spec) {
  return spec.initializer_id_embedding > 0 ? spec.initializer_id_embedding : spec.initializer_embedding;
}

// Standard deviation of a weight's first values (Mesh TensorFlow, as Hugging Face keeps it); 0 = ones.
double initial_deviation(const std::string& name, const T5Spec& spec) {
  const auto inverse_root = [](std::int64_t size) { return 1.0 / std::sqrt(static_cast<double>(size)); };
  if (ends_with(name, "layer_norm.weight")) return 0.0;
  if (ends_with(name, ".q.weight")) return inverse_root(spec.d_model * spec.d_kv);
  if (ends_with(name, ".o.weight")) return inverse_root(spec.num_heads * spec.d_kv);
  if (ends_with(name, "adapter.down.weight")) return inverse_root(spec.d_model);
  if (ends_with(name, ".wo.weight")) return inverse_root(spec.d_ff);
  if (name == kWholeWordName || name == kUserPromptName) return id_deviation(spec);
  if (name == kSharedName || name == kLmHeadName) return spec.initializer_embedding;
  return inverse_root(spec.d_model);  // k, v, wi, wi_0, wi_1, relative_attention_bias
}

// Calls layer(states [rows, length, d_model] of a run, its first row) run after run, as `states` is laid out.
template <class Layer>
torch::Tensor run_by_run(const torch::Tensor& states, const SequenceRuns& runs, const Layer& layer) {
  const torch::Tensor tokens = states.reshape({-1, states.size(-1)});
  std::vector<torch::Tensor> results;
  std::int64_t token = 0, row = 0;
  for (const SequenceRun& run : runs) {
    const torch::Tensor part = tokens.narrow(0, token, run.tokens()).view({run.rows, run.length, states.size(-1)});
    results.push_back(layer(part, row).reshape({run.tokens(), states.size(-1)}));
    token += run.tokens();
    row += run.rows;
  }
  return (results.size() == 1 ? results[0] : torch::cat(results)).view(states.sizes());
}

}  // namespace

torch::Tensor additive_mask(const torch::Tensor& mask) {
  if (!mask.defined()) return {};
  return ((1.0f - mask) * kHiddenScore).unsqueeze(1).unsqueeze(2);
}

T5BlockModule::T5BlockModule(const T5Spec& spec, Stack stack) : dropout_(spec.dropout_rate) {
  const auto norm = [&] { return std::make_shared<RmsNormModule>(spec.d_model, spec.layer_norm_epsilon); };
  self_norm_ = register_module("self_layer_norm", norm());
  self_attention_ = register_module(
      "self_attention", std::make_shared<AttentionModule>(attention_options(spec, AttentionOptions::Kind::kSelf)));
  if (stack == Stack::kDecoder) {
    cross_norm_ = register_module("cross_layer_norm", norm());
    cross_attention_ = register_module(
        "cross_attention", std::make_shared<AttentionModule>(attention_options(spec, AttentionOptions::Kind::kCross)));
  }
  feed_forward_norm_ = register_module("feed_forward_layer_norm", norm());
  feed_forward_ = register_module("feed_forward", std::make_shared<FeedForwardModule>(feed_forward_options(spec)));
  const auto tail = [&](const char* name, bool bottleneck) -> std::shared_ptr<SubLayerTailModule> {
    const std::int64_t width = bottleneck ? spec.adapter_width : 0;
    if (width == 0 && !spec.sub_layer_biases) return nullptr;
    return register_module(name, std::make_shared<SubLayerTailModule>(SubLayerTailOptions{
                                     .d_model = spec.d_model, .width = width, .bias = spec.sub_layer_biases}));
  };
  self_tail_ = tail("self_tail", spec.adapter_after_attention);
  if (stack == Stack::kDecoder) cross_tail_ = tail("cross_tail", spec.adapter_after_attention);
  feed_forward_tail_ = tail("feed_forward_tail", true);
}

torch::Tensor T5BlockModule::tailed(const std::shared_ptr<SubLayerTailModule>& tail, const torch::Tensor& before,
                                    const torch::Tensor& after) const {
  return tail == nullptr ? after : tail->forward(before, after);
}

// States stay float32 where products are bfloat16: each sub-layer's change is rounded, not the sum of all.
torch::Tensor T5BlockModule::add_residual(const torch::Tensor& states, const torch::Tensor& change) {
  return sum_of(hashed_dropout(change, dropout_, is_training()), states);
}

torch::Tensor T5BlockModule::feed_forward(const torch::Tensor& states) {
  if (!feed_forward_->gated() && fused_layers_apply(states)) {
    return fused_feed_forward(
        states, feed_forward_->tensors(feed_forward_norm_->weight(), feed_forward_norm_->epsilon()), dropout());
  }
  return add_residual(states, feed_forward_->forward(feed_forward_norm_->forward(states)));
}

torch::Tensor T5BlockModule::attend_to_self(const torch::Tensor& states, const SequenceRuns& runs,
                                            const ScoreBias& bias) {
  if (fused_layers_apply(states)) {
    return fused_attention({.states = states, .runs = runs, .memory = {}, .bias = bias.position, .hidden = bias.hidden},
                           self_attention_->tensors(self_norm_->weight(), self_norm_->epsilon()), dropout());
  }
  return add_residual(
      states, run_by_run(self_norm_->forward(states), runs, [&](const torch::Tensor& part, std::int64_t) {
        const std::int64_t length = part.size(1);
        const std::int64_t keys = bias.position.size(3) - bias.position.size(2) + length;  // with those of a prefix
        return self_attention_->self(part, {bias.position.narrow(2, 0, length).narrow(3, 0, keys), bias.hidden});
      }));
}

torch::Tensor T5BlockModule::attend_to_memory(const torch::Tensor& states, const SequenceRuns& runs,
                                              const torch::Tensor& encoder_states, const torch::Tensor& hidden) {
  if (fused_layers_apply(states)) {
    return fused_attention({.states = states, .runs = runs, .memory = encoder_states, .bias = {}, .hidden = hidden},
                           cross_attention_->tensors(cross_norm_->weight(), cross_norm_->epsilon()), dropout());
  }
  const KeyValue memory = project_memory(encoder_states);
  return add_residual(
      states, run_by_run(cross_norm_->forward(states), runs, [&](const torch::Tensor& part, std::int64_t row) {
        const auto of_run = [&](const torch::Tensor& rows) {
          return rows.defined() ? rows.narrow(0, row, part.size(0)) : rows;
        };
        return cross_attention_->cross(part, {of_run(memory.key), of_run(memory.value)}, {{}, of_run(hidden)});
      }));
}

torch::Tensor T5BlockModule::encode(const torch::Tensor& states, const ScoreBias& bias) {
  const torch::Tensor read =
      tailed(self_tail_, states, attend_to_self(states, {{states.size(0), states.size(1)}}, bias));
  return tailed(feed_forward_tail_, read, feed_forward(read));
}

torch::Tensor T5BlockModule::decode(const torch::Tensor& states, const SequenceRuns& runs, const ScoreBias& bias,
                                    const torch::Tensor& encoder_states, const torch::Tensor& hidden) {
  const torch::Tensor own = tailed(self_tail_, states, attend_to_self(states, runs, bias));
  const torch::Tensor read = tailed(cross_tail_, own, attend_to_memory(own, runs, encoder_states, hidden));
  return tailed(feed_forward_tail_, read, feed_forward(read));
}

torch::Tensor T5BlockModule::step(const torch::Tensor& states, const ScoreBias& bias, KeyValue& cache,
                                  const Memory& memory) {
  const torch::Tensor reading = tailed(
      self_tail_, states, add_residual(states, self_attention_->self_step(self_norm_->forward(states), bias, cache)));
  const torch::Tensor by_source = cross_norm_->forward(reading).view({memory.states.key.size(0), -1, states.size(-1)});
  const torch::Tensor read = cross_attention_->cross(by_source, memory.states, {{}, memory.hidden});
  const torch::Tensor known = tailed(cross_tail_, reading, add_residual(reading, read.view(states.sizes())));
  return tailed(feed_forward_tail_, known, feed_forward(known));
}

void T5BlockModule::set_prefix(const T5Spec& spec, const torch::Tensor& prefix, std::int64_t block) {
  const auto set = [&](AttentionModule& attention, PrefixPlace place) {
    const std::optional<std::int64_t> slot = prefix_slot(spec, place, block);
    if (slot) attention.set_prefix(prefix, *slot * 2 * spec.num_heads * spec.d_kv);
  };
  set(*self_attention_, cross_attention_ ? PrefixPlace::kDecoder : PrefixPlace::kEncoder);
  if (cross_attention_) set(*cross_attention_, PrefixPlace::kCross);
}

void T5BlockModule::append_weights(const std::string& prefix, std::vector<NamedWeight>& weights,
                                   const torch::Tensor& bias_table) const {
  append_attention(*self_attention_, prefix + "0.SelfAttention.", weights);
  if (bias_table.defined()) {
    weights.push_back({prefix + "0.SelfAttention.relative_attention_bias.weight", bias_table.detach()});
  }
  weights.push_back({prefix + "0.layer_norm.weight", self_norm_->weight().detach()});
  append_tail(prefix + "0.", self_tail_, weights);
  if (cross_attention_) {
    append_attention(*cross_attention_, prefix + "1.EncDecAttention.", weights);
    weights.push_back({prefix + "1.layer_norm.weight", cross_norm_->weight().detach()});
    append_tail(prefix + "1.", cross_tail_, weights);
  }
  const std::string last = prefix + (cross_attention_ ? "2." : "1.");
  const FeedForwardModule& forward = *feed_forward_;
  weights.push_back({last + (forward.gated() ? "DenseReluDense.wi_0.weight" : "DenseReluDense.wi.weight"),
                     forward.activated_weight()});
  if (forward.gated()) weights.push_back({last + "DenseReluDense.wi_1.weight", forward.linear_weight()});
  weights.push_back({last + "DenseReluDense.wo.weight", forward.output_weight()});
  weights.push_back({last + "layer_norm.weight", feed_forward_norm_->weight().detach()});
  append_tail(last, feed_forward_tail_, weights);
}

void T5BlockModule::append_tail(const std::string& prefix, const std::shared_ptr<SubLayerTailModule>& tail,
                                std::vector<NamedWeight>& weights) const {
  if (tail == nullptr) return;
  const auto append = [&](const char* name, const torch::Tensor& tensor) {
    if (tensor.defined()) weights.push_back({prefix + name, tensor.detach()});
  };
  append("adapter.down.weight", tail->down());
  append("adapter.down.bias", tail->down_bias());
  append("adapter.up.weight", tail->up());
  append("adapter.up.bias", tail->up_bias());
  append("bias", tail->bias());
}

void T5BlockModule::append_places(const std::string& prefix, std::vector<AdaptablePlace>& places) {
  const auto append_attention = [&](AttentionModule& attention, const std::string& layer) {
    using Product = AttentionModule::Product;
    for (const auto& [name, product] : {std::pair("q", Product::kQuery), std::pair("k", Product::kKey),
                                        std::pair("v", Product::kValue), std::pair("o", Product::kOutput)}) {
      const AttentionModule::Place place = attention.place_of(product);
      places.push_back({layer + name, place.weight, place.first, place.rows});
    }
  };
  append_attention(*self_attention_, prefix + "0.SelfAttention.");
  if (cross_attention_) append_attention(*cross_attention_, prefix + "1.EncDecAttention.");
  const std::string layer = prefix + (cross_attention_ ? "2." : "1.") + "DenseReluDense.";
  AdaptableWeight& input = feed_forward_->input();
  AdaptableWeight& output = feed_forward_->output();
  const std::int64_t halves = feed_forward_->gated() ? 2 : 1, hidden = input.stored().size(0) / halves;
  places.push_back({layer + (halves == 2 ? "wi_0" : "wi"), &input, 0, hidden});
  if (halves == 2) places.push_back({layer + "wi_1", &input, hidden, hidden});
  places.push_back({layer + "wo", &output, 0, output.stored().size(0)});
}

T5Module::T5Module(const T5Spec& spec) : spec_(spec) {
  using Direction = RelativePositionOptions::Direction;
  const auto bias = [&](Direction direction) {
    return std::make_shared<RelativePositionBiasModule>(bias_options(spec, direction));
  };
  const auto norm = [&] { return std::make_shared<RmsNormModule>(spec.d_model, spec.layer_norm_epsilon); };
  shared_ = AdaptableWeight(register_parameter("shared", torch::empty({spec.vocab_size, spec.d_model})));
  if (spec.prompt_tokens > 0) {
    prompt_ = register_parameter("prompt_embeddings", torch::empty({spec.prompt_tokens, spec.d_model}));
  }
  if (spec.user_prompt_tokens > 0) {
    users_ = register_parameter("user_prompt_embeddings", torch::empty({spec.user_prompt_rows, spec.d_model}));
  }
  if (spec.prefix_tokens > 0) {
    prefix_ = register_parameter("prefix_embeddings", torch::empty({spec.prefix_tokens, prefix_width(spec)}));
  }
  if (spec.whole_word_rows > 0) {
    whole_word_ = register_parameter("whole_word", torch::empty({spec.whole_word_rows, spec.d_model}));
  }
  if (spec.evidence_depths > 0) {
    evidence_gate_ = register_parameter("evidence_gate", torch::empty({spec.evidence_depths}));
    if (spec.evidence_ages > 0) {
      evidence_repeat_ =
          register_parameter("evidence_repeat", torch::empty({spec.evidence_depths, spec.evidence_ages}));
    }
  }
  encoder_bias_ = register_module("encoder_position_bias", bias(Direction::kBidirectional));
  decoder_bias_ = register_module("decoder_position_bias", bias(Direction::kCausal));
  for (std::int64_t i = 0; i < spec.num_layers; ++i) {
    encoder_.push_back(register_module("encoder_block_" + std::to_string(i),
                                       std::make_shared<T5BlockModule>(spec, T5BlockModule::Stack::kEncoder)));
  }
  encoder_norm_ = register_module("encoder_final_layer_norm", norm());
  for (std::int64_t i = 0; i < spec.num_decoder_layers; ++i) {
    decoder_.push_back(register_module("decoder_block_" + std::to_string(i),
                                       std::make_shared<T5BlockModule>(spec, T5BlockModule::Stack::kDecoder)));
  }
  decoder_norm_ = register_module("decoder_final_layer_norm", norm());
  if (!spec.tie_word_embeddings) {
    lm_head_ = AdaptableWeight(register_parameter("lm_head", torch::empty({spec.vocab_size, spec.d_model})));
  }
  if (prefix_.defined()) {
    for (std::size_t i = 0; i < encoder_.size(); ++i) {
      encoder_[i]->set_prefix(spec, prefix_, static_cast<std::int64_t>(i));
    }
    for (std::size_t i = 0; i < decoder_.size(); ++i) {
      decoder_[i]->set_prefix(spec, prefix_, static_cast<std::int64_t>(i));
    }
  }
  see_tables();
}

void T5Module::initialize(std::uint64_t seed) {
  torch::Generator generator = at::detail::createCPUGenerator(Rng(seed, "model weights").next());
  std::vector<NamedWeight> all = weights();
  for (NamedWeight& weight : all) initialize_weight(weight, generator);
  if (spec_.initializer_copy) initialize_copies(all, generator);
}

void T5Module::initialize_copies(std::vector<NamedWeight>& all, torch::Generator& generator) {
  for (NamedWeight& value : all) {
    if (!ends_with(value.name, "EncDecAttention.v.weight")) continue;
    const std::string output_name =
        value.name.substr(0, value.name.size() - std::string("v.weight").size()) + "o.weight";
    const auto output =
        std::find_if(all.begin(), all.end(), [&](const NamedWeight& w) { return w.name == output_name; });
    const std::int64_t inner = value.tensor.size(0), width = value.tensor.size(1);
    const torch::Tensor drawn =
        torch::empty({std::max(inner, width), std::min(inner, width)}).normal_(0.0, 1.0, generator);
    const torch::Tensor basis = std::get<0>(torch::linalg_qr(drawn, "reduced"));  // orthonormal columns
    value.tensor.copy_(inner >= width ? basis : basis.t());
    output->tensor.copy_(value.tensor.t());
  }
}

void T5Module::initialize_whole_word(std::uint64_t seed) {
  torch::Generator generator = at::detail::createCPUGenerator(Rng(seed, "whole-word table").next());
  NamedWeight weight{std::string(kWholeWordName), whole_word_.detach()};
  initialize_weight(weight, generator);
}

void T5Module::initialize_weight(NamedWeight& weight, torch::Generator& generator) const {
  if (weight.name == kEvidenceGateName || weight.name == kEvidenceRepeatName) {
    weight.tensor.fill_(weight.name == kEvidenceGateName ? spec_.initializer_evidence : 0.0);
    // Answers in words begin as counts say; distributions need no sharpening.
    if (weight.name == kEvidenceGateName && spec_.evidence_depths > 1) weight.tensor[-1].fill_(1.0);
    // Earlier tokens of a path are also those of items that the history does not hold.
    if (weight.name == kEvidenceRepeatName && spec_.evidence_depths > 1) {
      weight.tensor[-2].fill_(spec_.initializer_repeat);
    }
    return;
  }
  // An adapter begins by changing nothing.
  if (ends_with(weight.name, "adapter.up.weight") || ends_with(weight.name, "bias")) {
    weight.tensor.zero_();
    return;
  }
  const double deviation = initial_deviation(weight.name, spec_) * spec_.initializer_factor;
  if (deviation == 0.0) {
    weight.tensor.fill_(spec_.initializer_factor);
  } else {
    // Drawn separately and copied: the tensor may be a view, or on a device.
    torch::Tensor fresh = torch::empty(weight.tensor.sizes()).normal_(0.0, deviation, generator);
    if (spec_.first_id_row > 0 && (weight.name == kSharedName || weight.name == kLmHeadName)) {
      fresh.slice(0, spec_.first_id_row) *= id_deviation(spec_) / spec_.initializer_embedding;
    }
    weight.tensor.copy_(fresh);
  }
}

torch::Tensor T5Module::with_prefix(const torch::Tensor& hidden, PrefixPlace place) const {
  const std::int64_t keys = prefix_keys(spec_, place);
  return hidden.defined() && keys > 0 ? torch::constant_pad_nd(hidden, {keys, 0}, 0) : hidden;
}

torch::Tensor T5Module::embed(const torch::Tensor& tokens) const { return torch::embedding(shared_seen_, tokens); }

// What changes the tables is computed once per pass, not at each of their uses.
void T5Module::see_tables() {
  shared_seen_ = shared_.seen();
  if (lm_head_.defined()) head_seen_ = lm_head_.seen();
}

std::vector<AdaptablePlace> T5Module::places() {
  std::vector<AdaptablePlace> places{
      {std::string(kSharedName.substr(0, kSharedName.rfind('.'))), &shared_, 0, spec_.vocab_size}};
  for (std::size_t i = 0; i < encoder_.size(); ++i) {
    encoder_[i]->append_places("encoder.block." + std::to_string(i) + ".layer.", places);
  }
  for (std::size_t i = 0; i < decoder_.size(); ++i) {
    decoder_[i]->append_places("decoder.block." + std::to_string(i) + ".layer.", places);
  }
  if (lm_head_.defined()) places.push_back({"lm_head", &lm_head_, 0, spec_.vocab_size});
  return places;
}

torch::Tensor T5Module::encode(const SourceTensors& source) {
  see_tables();
  std::vector<torch::Tensor> tables = {shared_seen_};
  if (prompt_.defined()) tables.push_back(prompt_);
  if (users_.defined()) tables.push_back(users_);
  torch::Tensor states = tables.size() > 1 ? torch::embedding(torch::cat(tables), source.tokens) : embed(source.tokens);
  if (source.whole_word.defined() && whole_word_.defined()) {
    states = states + torch::embedding(whole_word_, source.whole_word);
  }
  states = hashed_dropout(states, spec_.dropout_rate, is_training());
  ScoreBias bias = {encoder_bias_->forward(source.tokens.size(1), source.tokens.size(1)),
                    with_prefix(additive_mask(source.mask), PrefixPlace::kEncoder)};
  if (states.is_cuda() && bias.hidden.defined()) bias = {bias.position + bias.hidden, {}};  // once for all blocks
  for (const auto& block : encoder_) states = block->encode(states, bias);
  return hashed_dropout(encoder_norm_->forward(states), spec_.dropout_rate, is_training());
}

torch::Tensor T5Module::finish(const torch::Tensor& states) {
  const torch::Tensor normed = hashed_dropout(decoder_norm_->forward(states), spec_.dropout_rate, is_training());
  if (!spec_.scale_decoder_outputs) return normed;
  return normed * (1.0 / std::sqrt(static_cast<double>(spec_.d_model)));
}

torch::Tensor T5Module::decode(const torch::Tensor& tokens, const SequenceRuns& runs,
                               const torch::Tensor& encoder_states, const torch::Tensor& source_mask) {
  torch::Tensor states = hashed_dropout(embed(tokens), spec_.dropout_rate, is_training());
  std::int64_t longest = 0;
  for (const SequenceRun& run : runs) longest = std::max(longest, run.length);
  const ScoreBias bias = {decoder_bias_->forward(longest, longest), {}};
  const torch::Tensor hidden = with_prefix(additive_mask(source_mask), PrefixPlace::kCross);
  for (const auto& block : decoder_) states = block->decode(states, runs, bias, encoder_states, hidden);
  return finish(states);
}

std::vector<KeyValue> T5Module::project_memory(const torch::Tensor& encoder_states) {
  std::vector<KeyValue> memory;
  for (const auto& block : decoder_) memory.push_back(block->project_memory(encoder_states));
  return memory;
}

torch::Tensor T5Module::decode_step(const torch::Tensor& tokens, KvCache& cache, const std::vector<KeyValue>& memory,
                                    const torch::Tensor& memory_bias, const torch::Tensor& own_bias) {
  torch::Tensor states = embed(tokens).unsqueeze(1);
  const ScoreBias bias = {decoder_bias_->last_query(tokens_in(cache) + 1),
                          with_prefix(own_bias, PrefixPlace::kDecoder)};
  const torch::Tensor hidden = with_prefix(memory_bias, PrefixPlace::kCross);
  for (std::size_t i = 0; i < decoder_.size(); ++i) {
    states = decoder_[i]->step(states, bias, cache.block(i), {memory[i], hidden});
  }
  return finish(states).squeeze(1);
}

std::int64_t T5Module::tokens_in(const KvCache& cache) const {
  return cache.length() == 0 ? 0 : cache.length() - prefix_keys(spec_, PrefixPlace::kDecoder);
}

torch::Tensor T5Module::evidence_bias(const torch::Tensor& depth, const torch::Tensor& feature,
                                      const torch::Tensor& repeat) const {
  const torch::Tensor gated = evidence_gate_.index_select(0, depth) * feature;
  if (!evidence_repeat_.defined()) return gated;
  const torch::Tensor none = torch::zeros({1}, evidence_repeat_.options());
  return gated + torch::cat({none, evidence_repeat_.flatten()}).index_select(0, repeat + 1);
}

EvidenceWeights T5Module::evidence_weights() const {
  EvidenceWeights weights{.shape = {spec_.evidence_depths, spec_.evidence_ages}, .gate = {}, .repeat = {}};
  const auto read = [](const torch::Tensor& tensor, std::vector<float>& values) {
    if (!tensor.defined()) return;
    const torch::Tensor host = tensor.detach().to(torch::kCPU).contiguous();
    values.assign(host.data_ptr<float>(), host.data_ptr<float>() + host.numel());
  };
  read(evidence_gate_, weights.gate);
  read(evidence_repeat_, weights.repeat);
  return weights;
}

std::vector<NamedWeight> T5Module::weights() const {
  std::vector<NamedWeight> weights{{std::string(kSharedName), shared_.seen().detach()}};
  if (whole_word_.defined()) weights.push_back({std::string(kWholeWordName), whole_word_.detach()});
  if (evidence_gate_.defined()) weights.push_back({std::string(kEvidenceGateName), evidence_gate_.detach()});
  if (evidence_repeat_.defined()) weights.push_back({std::string(kEvidenceRepeatName), evidence_repeat_.detach()});
  if (prompt_.defined()) weights.push_back({std::string(kPromptName), prompt_.detach()});
  if (users_.defined()) weights.push_back({std::string(kUserPromptName), users_.detach()});
  if (prefix_.defined()) weights.push_back({std::string(kPrefixName), prefix_.detach()});
  const auto append_stack = [&](const std::string& stack, const auto& blocks, const auto& table, const auto& norm) {
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      blocks[i]->append_weights(stack + ".block." + std::to_string(i) + ".layer.", weights,
                                i == 0 ? table->weight() : torch::Tensor());
    }
    weights.push_back({stack + ".final_layer_norm.weight", norm->weight().detach()});
  };
  append_stack("encoder", encoder_, encoder_bias_, encoder_norm_);
  append_stack("decoder", decoder_, decoder_bias_, decoder_norm_);
  if (lm_head_.defined()) weights.push_back({std::string(kLmHeadName), lm_head_.seen().detach()});
  return weights;
}

}  // namespace p5
