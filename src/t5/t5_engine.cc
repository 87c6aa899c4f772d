#include "t5/t5_engine.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <optional>
#include <utility>

#include "model/token_batch_check.h"
#include "nn/row_kernels.h"
#include "p5/error.h"
#include "t5/tensor_names.h"

namespace p5 {
namespace {

using Direction = RelativePositionOptions::Direction;

std::size_t size_of(std::int64_t a, std::int64_t b) { return static_cast<std::size_t>(a * b); }

}  // namespace

// Builds the parts of an engine from named weights.
class T5Engine::Reader {
 public:
  Reader(const T5Spec& spec, const Weights& weights, const Base& base) : spec_(spec), weights_(weights), base_(base) {}

  // Whether the base has all of these as they are here.
  bool same(const std::string& prefix, std::initializer_list<const char*> names) const {
    return base_.engine != nullptr &&
           std::ranges::all_of(names, [&](const char* name) { return base_.has_same(prefix + name); });
  }

  Table table(const std::string& name, std::int64_t rows, const Table T5Engine::*of_base) {
    if (same(name, {""})) return (*base_.engine).*of_base;
    const std::int64_t width = spec_.d_model;
    return std::make_shared<const TokenTable>(ConstMatrix{checked(name, rows * width).data(), rows, width, width});
  }

  std::vector<float> read(const std::string& name, std::int64_t rows, std::int64_t columns = 1) {
    std::vector<float> values;
    append(name, rows * columns, values);
    return values;
  }

  // `of_base`: the same part of the base, null without one.
  std::shared_ptr<const AttentionKernel> attention(const std::string& layer, const std::string& kind,
                                                   std::shared_ptr<const AttentionKernel> of_base) {
    const std::string prefix = layer + kind + ".";
    if (same(prefix, {"q.weight", "k.weight", "v.weight", "o.weight"}) && same(layer, {"layer_norm.weight"})) {
      return of_base;
    }
    const std::int64_t d_model = spec_.d_model, inner = spec_.num_heads * spec_.d_kv;
    const std::vector<float> query = read(prefix + "q.weight", inner, d_model);
    std::vector<float> key_value = read(prefix + "k.weight", inner, d_model);
    append(prefix + "v.weight", inner * d_model, key_value);
    const std::vector<float> output = read(prefix + "o.weight", d_model, inner);
    return with_norm<AttentionKernel>(layer, [&](const float* norm) {
      return AttentionKernel({.d_model = d_model,
                              .heads = spec_.num_heads,
                              .d_kv = spec_.d_kv,
                              .norm = norm,
                              .query = query.data(),
                              .key_value = key_value.data(),
                              .output = output.data(),
                              .epsilon = static_cast<float>(spec_.layer_norm_epsilon),
                              .cross = kind == "EncDecAttention"},
                             Pass::kForward);
    });
  }

  std::shared_ptr<const T5FeedForward> feed_forward(const std::string& layer,
                                                    std::shared_ptr<const T5FeedForward> of_base) {
    const std::int64_t d_model = spec_.d_model, d_ff = spec_.d_ff;
    const bool gated = spec_.feed_forward_proj == "gated-gelu";
    const std::string prefix = layer + "DenseReluDense.";
    const char* const input_name = gated ? "wi_1.weight" : "wi.weight";
    if (same(prefix, {gated ? "wi_0.weight" : input_name, input_name, "wo.weight"}) &&
        same(layer, {"layer_norm.weight"})) {
      return of_base;
    }
    const std::vector<float> input = read(prefix + input_name, d_ff, d_model);
    const std::vector<float> output = read(prefix + "wo.weight", d_model, d_ff);
    const std::vector<float> gate = gated ? read(prefix + "wi_0.weight", d_ff, d_model) : std::vector<float>();
    const auto epsilon = static_cast<float>(spec_.layer_norm_epsilon);
    return with_norm<T5FeedForward>(layer, [&](const float* norm) {
      if (!gated) return T5FeedForward(FeedForwardWeights{d_model, d_ff, norm, input.data(), output.data(), epsilon});
      return T5FeedForward(
          GatedFeedForwardWeights{d_model, d_ff, norm, gate.data(), input.data(), output.data(), epsilon});
    });
  }

  SubLayerTail tail(const std::string& layer, bool bottleneck) {
    const std::int64_t d_model = spec_.d_model, width = bottleneck ? spec_.adapter_width : 0;
    SubLayerTail::Weights weights{.d_model = d_model, .down = {}, .down_bias = {}, .up = {}, .up_bias = {}, .bias = {}};
    if (width > 0) {
      weights.down = read(layer + "adapter.down.weight", width, d_model);
      weights.down_bias = read(layer + "adapter.down.bias", width);
      weights.up = read(layer + "adapter.up.weight", d_model, width);
      weights.up_bias = read(layer + "adapter.up.bias", d_model);
    }
    if (spec_.sub_layer_biases) weights.bias = read(layer + "bias", d_model);
    return SubLayerTail(std::move(weights));
  }

 private:
  std::span<const float> checked(const std::string& name, std::int64_t count) {
    const std::span<const float> all = weights_(name);
    if (all.size() != static_cast<std::size_t>(count)) {
      throw Error(ErrorCode::kInternal, ErrorSubject::kModel, "a weight of another size than the model's",
                  {.where = name, .expected = std::to_string(count), .got = std::to_string(all.size())});
    }
    return all;
  }

  void append(const std::string& name, std::int64_t count, std::vector<float>& values) {
    const std::span<const float> all = checked(name, count);
    values.insert(values.end(), all.begin(), all.end());
  }

  // Kernels point to the weight of their norm, which lives as long as they do.
  template <typename Kernel, typename Make>
  std::shared_ptr<const Kernel> with_norm(const std::string& layer, const Make& make) {
    struct Owned {
      std::vector<float> norm;
      Kernel kernel;
      Owned(std::vector<float> weight, const Make& make) : norm(std::move(weight)), kernel(make(norm.data())) {}
    };
    const auto owned = std::make_shared<const Owned>(read(layer + "layer_norm.weight", spec_.d_model), make);
    return {owned, &owned->kernel};
  }

  const T5Spec& spec_;
  const Weights& weights_;
  const Base& base_;
};

T5Engine::T5Engine(const T5Spec& spec, const Weights& weights, MatrixPrecision products, const Base& base)
    : spec_(spec), precision_(products), base_(base.engine) {
  const MatrixPrecisionScope precision(precision_);
  Reader reader(spec_, weights, base);
  shared_ = reader.table(std::string(kSharedName), spec.vocab_size, &T5Engine::shared_);
  if (spec.prompt_tokens > 0) prompt_ = reader.read(std::string(kPromptName), spec.prompt_tokens, spec.d_model);
  if (spec.user_prompt_tokens > 0) {
    const std::vector<float> users = reader.read(std::string(kUserPromptName), spec.user_prompt_rows, spec.d_model);
    prompt_.insert(prompt_.end(), users.begin(), users.end());
  }
  if (spec.prefix_tokens > 0) prefix_ = reader.read(std::string(kPrefixName), spec.prefix_tokens, prefix_width(spec));
  if (spec.whole_word_rows > 0) {
    whole_word_ = reader.read(std::string(kWholeWordName), spec.whole_word_rows, spec.d_model);
  }
  if (!spec.tie_word_embeddings) {
    lm_head_ = reader.table(std::string(kLmHeadName), spec.vocab_size, &T5Engine::lm_head_);
  }
  if (spec.evidence_depths > 0) {
    evidence_.shape = {spec.evidence_depths, spec.evidence_ages};
    evidence_.gate = reader.read(std::string(kEvidenceGateName), spec.evidence_depths);
    if (spec.evidence_ages > 0) {
      evidence_.repeat = reader.read(std::string(kEvidenceRepeatName), spec.evidence_depths, spec.evidence_ages);
    }
  }
  const auto bias = [&](const std::string& stack) {
    return reader.read(stack + ".block.0.layer.0.SelfAttention.relative_attention_bias.weight",
                       spec.relative_attention_num_buckets, spec.num_heads);
  };
  encoder_bias_ = bias("encoder");
  decoder_bias_ = bias("decoder");
  for (std::int64_t block = 0; block < spec.num_layers; ++block) {
    const std::string prefix = "encoder.block." + std::to_string(block) + ".layer.";
    const EncoderBlock none, &known = base_ == nullptr ? none : base_->encoder_[static_cast<std::size_t>(block)];
    encoder_.push_back({reader.attention(prefix + "0.", "SelfAttention", known.self),
                        reader.feed_forward(prefix + "1.", known.feed_forward),
                        reader.tail(prefix + "0.", spec.adapter_after_attention), reader.tail(prefix + "1.", true)});
  }
  for (std::int64_t block = 0; block < spec.num_decoder_layers; ++block) {
    const std::string prefix = "decoder.block." + std::to_string(block) + ".layer.";
    const DecoderBlock none, &known = base_ == nullptr ? none : base_->decoder_[static_cast<std::size_t>(block)];
    decoder_.push_back({reader.attention(prefix + "0.", "SelfAttention", known.self),
                        reader.attention(prefix + "1.", "EncDecAttention", known.cross),
                        reader.feed_forward(prefix + "2.", known.feed_forward),
                        reader.tail(prefix + "0.", spec.adapter_after_attention),
                        reader.tail(prefix + "1.", spec.adapter_after_attention), reader.tail(prefix + "2.", true)});
  }
  encoder_norm_ = reader.read("encoder.final_layer_norm.weight", spec.d_model);
  decoder_norm_ = reader.read("decoder.final_layer_norm.weight", spec.d_model);
}

RelativePositionOptions T5Engine::position_options(Direction direction) const {
  return {
      .buckets = spec_.relative_attention_num_buckets,
      .max_distance = spec_.relative_attention_max_distance,
      .heads = spec_.num_heads,
      .direction = direction,
      .prefix = prefix_keys(spec_, direction == Direction::kCausal ? PrefixPlace::kDecoder : PrefixPlace::kEncoder)};
}

AttentionPrefix T5Engine::prefix(PrefixPlace place, std::size_t block) const {
  const std::optional<std::int64_t> slot = prefix_slot(spec_, place, static_cast<std::int64_t>(block));
  if (!slot) return {};
  const std::int64_t inner = spec_.num_heads * spec_.d_kv, first = 2 * *slot * inner, stride = prefix_width(spec_);
  const auto part = [&](std::int64_t column) {
    return ConstMatrix{prefix_.data() + column, spec_.prefix_tokens, inner, stride};
  };
  return {part(first), part(first + inner)};
}

void T5Engine::embed(TokenId token, float* to) const {
  if (token < spec_.vocab_size) return shared_->copy_row(token, to);
  std::copy_n(prompt_.data() + (token - spec_.vocab_size) * spec_.d_model, spec_.d_model, to);
}

void T5Engine::embed_sources(const TokenBatch& batch, const SourceChunk& chunk, Workspace& workspace) const {
  const std::int64_t d_model = spec_.d_model;
  const bool whole_words = reads_whole_words(batch, spec_);
  float* to = workspace.states.resize(size_of(chunk.positions(), d_model));
  for (const std::int32_t row : chunk.rows) {
    const std::size_t first = size_of(row, batch.source_length);
    for (std::int64_t i = 0; i < chunk.length; ++i, to += d_model) {
      const std::size_t at = first + static_cast<std::size_t>(i);
      embed(batch.source[at], to);
      if (whole_words) add(whole_word_.data() + batch.whole_word[at] * d_model, to, d_model);
    }
  }
}

void T5Engine::hide_padding(const TokenBatch& batch, const SourceChunk& chunk, Workspace& workspace) const {
  const std::int64_t prefix = prefix_keys(spec_, PrefixPlace::kEncoder);
  float* to = workspace.hidden.resize(size_of(static_cast<std::int64_t>(chunk.rows.size()), prefix + chunk.length));
  workspace.any_hidden = false;
  for (const std::int32_t row : chunk.rows) {
    const std::uint8_t* mask = batch.source_mask.data() + size_of(row, batch.source_length);
    to = std::fill_n(to, prefix, 0.0f);
    for (std::int64_t i = 0; i < chunk.length; ++i) {
      workspace.any_hidden |= mask[i] == 0;
      *to++ = mask[i] == 0 ? kHiddenScore : 0.0f;
    }
  }
}

void T5Engine::encode(const TokenBatch& batch, const SourceChunk& chunk, Workspace& workspace) const {
  const MatrixPrecisionScope precision(precision_);
  const MatrixSession session;
  embed_sources(batch, chunk, workspace);
  hide_padding(batch, chunk, workspace);
  const std::int64_t keys = prefix_keys(spec_, PrefixPlace::kEncoder) + chunk.length;
  if (workspace.encoder_bias_length != chunk.length) {
    fill_position_bias(encoder_bias_.data(), position_options(Direction::kBidirectional), chunk.length, chunk.length,
                       workspace.encoder_bias.resize(size_of(spec_.num_heads * chunk.length, keys)));
    workspace.encoder_bias_length = chunk.length;
  }
  AttentionKernel::Chunk part;
  part.sequences = static_cast<std::int64_t>(chunk.rows.size());
  part.queries = part.keys = chunk.length;
  part.bias = {workspace.encoder_bias.data(), part.queries, keys};
  part.hidden = workspace.any_hidden ? workspace.hidden.data() : nullptr;
  float* states = workspace.states.data();
  for (std::size_t i = 0; i < encoder_.size(); ++i) {
    const EncoderBlock& block = encoder_[i];
    part.prefix = prefix(PrefixPlace::kEncoder, i);
    block.self_tail.begin(chunk.positions(), states, workspace.tail);
    block.self->forward(part, states, states, workspace.attention);
    block.self_tail.end(chunk.positions(), states, workspace.tail);
    block.feed_forward_tail.begin(chunk.positions(), states, workspace.tail);
    block.feed_forward->forward(chunk.positions(), states, workspace.feed_forward);
    block.feed_forward_tail.end(chunk.positions(), states, workspace.tail);
  }
  norm_rows({encoder_norm_.data(), spec_.d_model, static_cast<float>(spec_.layer_norm_epsilon)}, states,
            chunk.positions(), workspace.encoded.resize(size_of(chunk.positions(), spec_.d_model)),
            workspace.inverse.resize(static_cast<std::size_t>(chunk.positions())));
}

void T5Engine::decode(std::span<const TokenId> input, const SourceChunk& chunk, Workspace& workspace) const {
  const MatrixPrecisionScope precision(precision_);
  const MatrixSession session;
  const auto rows = static_cast<std::int64_t>(input.size());
  AttentionKernel::Chunk self;
  self.sequences = static_cast<std::int64_t>(chunk.rows.size());
  self.queries = self.keys = rows / self.sequences;
  const std::int64_t keys = prefix_keys(spec_, PrefixPlace::kDecoder) + self.queries;
  if (workspace.causal_bias_length != self.queries) {
    fill_position_bias(decoder_bias_.data(), position_options(Direction::kCausal), self.queries, self.queries,
                       workspace.causal_bias.resize(size_of(spec_.num_heads * self.queries, keys)));
    workspace.causal_bias_length = self.queries;
  }
  self.bias = {workspace.causal_bias.data(), self.queries, keys};
  AttentionKernel::Chunk cross = self;
  cross.keys = chunk.length;
  cross.bias = {};
  cross.memory = workspace.encoded.data();
  cross.hidden = workspace.any_hidden ? workspace.hidden.data() : nullptr;
  float* states = workspace.states.resize(size_of(rows, spec_.d_model));
  for (std::int64_t row = 0; row < rows; ++row)
    embed(input[static_cast<std::size_t>(row)], states + row * spec_.d_model);
  for (std::size_t i = 0; i < decoder_.size(); ++i) {
    const DecoderBlock& block = decoder_[i];
    self.prefix = prefix(PrefixPlace::kDecoder, i);
    cross.prefix = prefix(PrefixPlace::kCross, i);
    block.self_tail.begin(rows, states, workspace.tail);
    block.self->forward(self, states, states, workspace.attention);
    block.self_tail.end(rows, states, workspace.tail);
    block.cross_tail.begin(rows, states, workspace.tail);
    block.cross->forward(cross, states, states, workspace.attention);
    block.cross_tail.end(rows, states, workspace.tail);
    block.feed_forward_tail.begin(rows, states, workspace.tail);
    block.feed_forward->forward(rows, states, workspace.feed_forward);
    block.feed_forward_tail.end(rows, states, workspace.tail);
  }
  finish(states, rows, workspace.decoded.resize(size_of(rows, spec_.d_model)),
         workspace.inverse.resize(static_cast<std::size_t>(rows)));
}

void T5Engine::finish(const float* states, std::int64_t rows, float* to, float* inverse) const {
  norm_rows({decoder_norm_.data(), spec_.d_model, static_cast<float>(spec_.layer_norm_epsilon)}, states, rows, to,
            inverse);
  if (!spec_.scale_decoder_outputs) return;
  const auto scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(spec_.d_model)));
  for (std::int64_t i = 0; i < rows * spec_.d_model; ++i) to[i] *= scale;
}

void T5Engine::fill_step_bias(std::int64_t steps, float* to) const {
  fill_last_position_bias(decoder_bias_.data(), position_options(Direction::kCausal), steps, to);
}

const RightFactor& T5Engine::output_factor() const {
  if (base_ != nullptr && base_->output_table() == output_table()) return base_->output_factor();
  std::call_once(output_packed_, [&] {
    const MatrixPrecisionScope precision(precision_);
    output_rows().pack(output_);
  });
  return output_;
}

}  // namespace p5
