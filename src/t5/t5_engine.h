// T5 (see t5/t5_module.h) for evaluation on the CPU, without libtorch: weights are packed once for the kernels of
// nn/ and read by any number of threads, each with a Workspace of its own. Engines of adapters share with their base
// what they do not change. Layouts are [row, position, d_model],
// float32.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "nn/attention_kernel.h"
#include "nn/matrix_product.h"
#include "nn/relative_position.h"
#include "t5/attention_prefix.h"
#include "t5/evidence_weights.h"
#include "t5/source_chunks.h"
#include "t5/sub_layer_tail.h"
#include "t5/t5_feed_forward.h"
#include "t5/t5_spec.h"
#include "t5/token_table.h"
#include "text/token_batch.h"

namespace p5 {

class T5Engine {
 public:
  // The values of a weight by its Hugging Face name (t5/tensor_names.h), row-major. What it returns must live until
  // the next call.
  using Weights = std::function<std::span<const float>(const std::string& name)>;

  // An engine whose parts stand for weights that are the same here.
  struct Base {
    std::shared_ptr<const T5Engine> engine;                 // of the same precision and sizes, except the vocabulary
    std::function<bool(const std::string& name)> has_same;  // whether the weight of this name is the base's
  };
  // `precision` is that of all weights, here and in all work on this engine; kInt8 also of the embedding. Throws
  // Internal when a weight's size is not the spec's.
  T5Engine(const T5Spec& spec, const Weights& weights, MatrixPrecision precision, const Base& base = {});
  T5Engine(const T5Engine&) = delete;
  T5Engine& operator=(const T5Engine&) = delete;

  struct EncoderBlock {
    std::shared_ptr<const AttentionKernel> self;
    std::shared_ptr<const T5FeedForward> feed_forward;
    SubLayerTail self_tail, feed_forward_tail;
  };
  struct DecoderBlock {
    std::shared_ptr<const AttentionKernel> self, cross;
    std::shared_ptr<const T5FeedForward> feed_forward;
    SubLayerTail self_tail, cross_tail, feed_forward_tail;
  };

  struct Workspace {
    AlignedFloats states, encoded, decoded;           // of a chunk: encoder, its result, decoder
    AlignedFloats hidden, encoder_bias, causal_bias;  // see AttentionKernel::Chunk; rows of hidden have the prefix
    AlignedFloats inverse;
    std::int64_t encoder_bias_length = -1, causal_bias_length = -1;
    bool any_hidden = false;
    AttentionKernel::Workspace attention;
    T5FeedForward::Workspace feed_forward;
    SubLayerTail::Workspace tail;
  };

  const T5Spec& spec() const { return spec_; }
  MatrixPrecision precision() const { return precision_; }

  // The encoder over the rows of a chunk: workspace.encoded [rows, length, d_model], and workspace.hidden where
  // any_hidden. REQUIRES checked sources (model/token_batch_check.h), with_prompt_tokens() where the spec has some.
  void encode(const TokenBatch& batch, const SourceChunk& chunk, Workspace& workspace) const;
  // The decoder over whole inputs [rows, inputs] of the chunk that `workspace` has just encoded: workspace.decoded
  // [rows, inputs, d_model], ready for the output matrix.
  void decode(std::span<const TokenId> input, const SourceChunk& chunk, Workspace& workspace) const;

  // The parts, for decoding step by step.
  const std::vector<DecoderBlock>& decoder() const { return decoder_; }
  void embed(TokenId token, float* to) const;
  // The last norm, and the scale before the output matrix.
  void finish(const float* states, std::int64_t rows, float* to, float* inverse) const;
  void fill_step_bias(std::int64_t steps, float* to) const;  // [heads, steps], those of the decoder's prefix first
  // The keys and values before those of sequences in a block's attention (t5/attention_prefix.h); none without a
  // prefix.
  AttentionPrefix prefix(PrefixPlace place, std::size_t block) const;

  // Without gates for a model that learnt nothing about evidence.
  const EvidenceWeights& evidence() const { return evidence_; }

  const TokenTable& output_rows() const { return *output_table(); }
  // The whole output matrix as a factor [d_model, vocab]; packed at the first call.
  const RightFactor& output_factor() const;

 private:
  class Reader;
  void embed_sources(const TokenBatch& batch, const SourceChunk& chunk, Workspace& workspace) const;
  void hide_padding(const TokenBatch& batch, const SourceChunk& chunk, Workspace& workspace) const;
  RelativePositionOptions position_options(RelativePositionOptions::Direction direction) const;

  using Table = std::shared_ptr<const TokenTable>;
  const Table& output_table() const { return spec_.tie_word_embeddings ? shared_ : lm_head_; }

  T5Spec spec_;
  MatrixPrecision precision_;
  std::shared_ptr<const T5Engine> base_;  // null without one
  Table shared_, lm_head_;
  std::vector<float> prompt_;  // learnt vectors before sources, and those of users' features
  std::vector<float> prefix_, whole_word_;
  EvidenceWeights evidence_;
  std::vector<float> encoder_bias_, decoder_bias_;  // [buckets, heads]
  std::vector<float> encoder_norm_, decoder_norm_;
  std::vector<EncoderBlock> encoder_;
  std::vector<DecoderBlock> decoder_;
  mutable std::once_flag output_packed_;
  mutable RightFactor output_;
};

}  // namespace p5
