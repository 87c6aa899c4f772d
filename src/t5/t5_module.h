// T5 (Raffel et al. 2020, v1.0 and v1.1 feed-forward) with P5's whole-word table (Geng et al. 2022): pre-norm blocks
// without biases, unscaled attention, relative position bias shared by all blocks of a stack.
// Tensors are float32 unless said otherwise; masks are 1 = keep; layout [rows, length, d_model]. Not thread-safe.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "nn/adaptable_weight_module.h"
#include "nn/attention_module.h"
#include "nn/feed_forward_module.h"
#include "nn/kv_cache_module.h"
#include "nn/relative_position_bias_module.h"
#include "nn/rms_norm_module.h"
#include "nn/sequence_runs.h"
#include "nn/sub_layer_tail_module.h"
#include "t5/attention_prefix.h"
#include "t5/evidence_weights.h"
#include "t5/t5_spec.h"

namespace p5 {

// What the encoder reads, on the model's device.
struct SourceTensors {
  torch::Tensor tokens;      // [rows, length] int64
  torch::Tensor whole_word;  // [rows, length] int64; undefined = none added
  torch::Tensor mask;        // [rows, length] float32; undefined = nothing is padding
};

// A weight under its Hugging Face name; `tensor` shares memory with a parameter (q, k and v are views of one product).
struct NamedWeight {
  std::string name;
  torch::Tensor tensor;
};

// Rows [first, first + rows) of a weight that an adapter may change, under the Hugging Face name of their product
// without ".weight" ("encoder.block.0.layer.0.SelfAttention.q", "shared").
struct AdaptablePlace {
  std::string name;
  AdaptableWeight* weight = nullptr;
  std::int64_t first = 0, rows = 0;
};

// 0 where the mask keeps and kHiddenScore where it does not, [rows, 1, 1, length]; undefined stays undefined.
torch::Tensor additive_mask(const torch::Tensor& mask);

// What a decoder block reads from the encoder: keys and values of each source, and additive_mask() of the sources.
struct Memory {
  const KeyValue& states;
  const torch::Tensor& hidden;
};

// One block of either stack. On the CPU its sub-layers are fused (nn/fused_layers_module.h), except for single steps.
class T5BlockModule : public torch::nn::Module {
 public:
  enum class Stack { kEncoder, kDecoder };
  T5BlockModule(const T5Spec& spec, Stack stack);

  // states [rows, length, d_model]
  torch::Tensor encode(const torch::Tensor& states, const ScoreBias& bias);
  // states [tokens, d_model] of targets in `runs`, one per source; position bias of the longest run. `hidden` is
  // additive_mask() of the sources.
  torch::Tensor decode(const torch::Tensor& states, const SequenceRuns& runs, const ScoreBias& bias,
                       const torch::Tensor& encoder_states, const torch::Tensor& hidden);
  // One new token per row: states [sources * beams, 1, d_model], rows of a source side by side; memory holds `sources`
  // rows, so that the beams of a source are the queries of one product and its keys are never copied.
  torch::Tensor step(const torch::Tensor& states, const ScoreBias& bias, KeyValue& cache, const Memory& memory);

  // Gives the block's attentions their parts of the model's prefix, where the spec has some for them.
  void set_prefix(const T5Spec& spec, const torch::Tensor& prefix, std::int64_t block);
  KeyValue project_memory(const torch::Tensor& encoder_states) {
    return cross_attention_->project_memory(encoder_states);
  }
  void append_places(const std::string& prefix, std::vector<AdaptablePlace>& places);
  // bias_table: the stack's position table, owned by the first block; undefined for the others.
  void append_weights(const std::string& prefix, std::vector<NamedWeight>& weights,
                      const torch::Tensor& bias_table) const;

 private:
  double dropout() const { return is_training() ? dropout_ : 0.0; }
  torch::Tensor tailed(const std::shared_ptr<SubLayerTailModule>& tail, const torch::Tensor& before,
                       const torch::Tensor& after) const;
  void append_tail(const std::string& prefix, const std::shared_ptr<SubLayerTailModule>& tail,
                   std::vector<NamedWeight>& weights) const;
  torch::Tensor add_residual(const torch::Tensor& states, const torch::Tensor& change);
  torch::Tensor attend_to_self(const torch::Tensor& states, const SequenceRuns& runs, const ScoreBias& bias);
  torch::Tensor attend_to_memory(const torch::Tensor& states, const SequenceRuns& runs,
                                 const torch::Tensor& encoder_states, const torch::Tensor& hidden);
  torch::Tensor feed_forward(const torch::Tensor& states);

  double dropout_;
  std::shared_ptr<RmsNormModule> self_norm_, cross_norm_, feed_forward_norm_;
  std::shared_ptr<AttentionModule> self_attention_, cross_attention_;
  std::shared_ptr<FeedForwardModule> feed_forward_;
  std::shared_ptr<SubLayerTailModule> self_tail_, cross_tail_, feed_forward_tail_;  // null where the spec has none
};

class T5Module : public torch::nn::Module {
 public:
  // Weights are allocated and not yet set: call initialize() or fill weights().
  explicit T5Module(const T5Spec& spec);

  // T5's initialisation (Mesh TensorFlow's factors) times spec.initializer_factor, with spec's own choices for
  // embeddings and cross-attention.
  void initialize(std::uint64_t seed);
  // Only the whole-word table: for a plain T5 checkpoint that is to become a P5. REQUIRES spec.whole_word_rows > 0.
  void initialize_whole_word(std::uint64_t seed);

  // [rows, source, d_model]
  torch::Tensor encode(const SourceTensors& source);
  // tokens [tokens] int64 of one target per source, in `runs`, each with the start token first. Returns final states
  // [tokens, d_model], already scaled for logits() where the spec says so.
  torch::Tensor decode(const torch::Tensor& tokens, const SequenceRuns& runs, const torch::Tensor& encoder_states,
                       const torch::Tensor& source_mask);
  // states [..., d_model] to [..., vocab].
  torch::Tensor logits(const torch::Tensor& states) const { return torch::linear(states, output_weight()); }
  // [vocab, d_model]: the embedding where tied, else lm_head, as the last encode() saw them.
  const torch::Tensor& output_weight() const { return lm_head_.defined() ? head_seen_ : shared_seen_; }

  // Incremental decoding. Keys and values of the encoder states for every decoder block, computed once.
  std::vector<KeyValue> project_memory(const torch::Tensor& encoder_states);
  // tokens [sources * beams] int64, the newest of each row; cache holds the tokens before it and this call adds the
  // newest. memory [blocks] of `sources` rows; memory_bias is additive_mask() of the sources, own_bias that of the
  // tokens so far, [sources * beams, 1, 1, tokens], or undefined. Returns [sources * beams, d_model].
  torch::Tensor decode_step(const torch::Tensor& tokens, KvCache& cache, const std::vector<KeyValue>& memory,
                            const torch::Tensor& memory_bias, const torch::Tensor& own_bias = {});

  // How many tokens the cache holds, without the prefix.
  std::int64_t tokens_in(const KvCache& cache) const;

  // What the logits of known tokens get, [entries], with its graph, by their depths, features and places in the repeat
  // weights (-1: none). REQUIRES spec.evidence_depths > 0.
  torch::Tensor evidence_bias(const torch::Tensor& depth, const torch::Tensor& feature,
                              const torch::Tensor& repeat) const;
  // The same weights for decoding, on the host.
  EvidenceWeights evidence_weights() const;

  // Every weight under its Hugging Face name, in the order of expected_tensors(), as layers see it.
  std::vector<NamedWeight> weights() const;

  // Where an adapter may change weights. Once it does, weights() gives copies of what is changed.
  std::vector<AdaptablePlace> places();

 private:
  void initialize_copies(std::vector<NamedWeight>& all, torch::Generator& generator);
  void initialize_weight(NamedWeight& weight, torch::Generator& generator) const;
  torch::Tensor embed(const torch::Tensor& tokens) const;
  // additive_mask(), or what it gave, for attentions of this place, whose prefix is never hidden.
  torch::Tensor with_prefix(const torch::Tensor& hidden, PrefixPlace place) const;
  torch::Tensor finish(const torch::Tensor& states);

  T5Spec spec_;
  void see_tables();

  AdaptableWeight shared_, lm_head_;
  torch::Tensor shared_seen_, head_seen_;               // with their graph, since the last encode()
  torch::Tensor whole_word_, prompt_, users_, prefix_;  // undefined where the spec has none
  torch::Tensor evidence_gate_, evidence_repeat_;       // [depths], [depths, ages]; undefined where the spec has none
  std::shared_ptr<RelativePositionBiasModule> encoder_bias_, decoder_bias_;
  std::vector<std::shared_ptr<T5BlockModule>> encoder_, decoder_;
  std::shared_ptr<RmsNormModule> encoder_norm_, decoder_norm_;
};

}  // namespace p5
