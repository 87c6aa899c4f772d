#include "t5/tensor_names.h"

#include <algorithm>
#include <array>

#include "t5/attention_prefix.h"

namespace p5 {
namespace {

class Collector {
 public:
  explicit Collector(const T5Spec& spec) : spec_(spec), inner_(spec.num_heads * spec.d_kv) {}

  void add(std::string name, std::vector<std::int64_t> shape) {
    tensors_.push_back({std::move(name), std::move(shape)});
  }

  void add_stack(const std::string& stack, std::int64_t blocks) {
    const bool decoder = stack == "decoder";
    for (std::int64_t block = 0; block < blocks; ++block) {
      const std::string prefix = stack + ".block." + std::to_string(block) + ".layer.";
      add_attention(prefix + "0.SelfAttention.");
      if (block == 0) {
        add(prefix + "0.SelfAttention.relative_attention_bias.weight",
            {spec_.relative_attention_num_buckets, spec_.num_heads});
      }
      add(prefix + "0.layer_norm.weight", {spec_.d_model});
      add_tail(prefix + "0.", spec_.adapter_after_attention);
      if (decoder) {
        add_attention(prefix + "1.EncDecAttention.");
        add(prefix + "1.layer_norm.weight", {spec_.d_model});
        add_tail(prefix + "1.", spec_.adapter_after_attention);
      }
      add_feed_forward(prefix + (decoder ? "2." : "1."));
      add_tail(prefix + (decoder ? "2." : "1."), true);
    }
    add(stack + ".final_layer_norm.weight", {spec_.d_model});
  }

  std::vector<ExpectedTensor> take() { return std::move(tensors_); }

 private:
  void add_attention(const std::string& prefix) {
    for (const char* part : {"q", "k", "v"}) add(prefix + part + ".weight", {inner_, spec_.d_model});
    add(prefix + "o.weight", {spec_.d_model, inner_});
  }

  void add_feed_forward(const std::string& prefix) {
    if (spec_.feed_forward_proj == "gated-gelu") {
      add(prefix + "DenseReluDense.wi_0.weight", {spec_.d_ff, spec_.d_model});
      add(prefix + "DenseReluDense.wi_1.weight", {spec_.d_ff, spec_.d_model});
    } else {
      add(prefix + "DenseReluDense.wi.weight", {spec_.d_ff, spec_.d_model});
    }
    add(prefix + "DenseReluDense.wo.weight", {spec_.d_model, spec_.d_ff});
    add(prefix + "layer_norm.weight", {spec_.d_model});
  }

  void add_tail(const std::string& prefix, bool bottleneck) {
    if (bottleneck && spec_.adapter_width > 0) {
      add(prefix + "adapter.down.weight", {spec_.adapter_width, spec_.d_model});
      add(prefix + "adapter.down.bias", {spec_.adapter_width});
      add(prefix + "adapter.up.weight", {spec_.d_model, spec_.adapter_width});
      add(prefix + "adapter.up.bias", {spec_.d_model});
    }
    if (spec_.sub_layer_biases) add(prefix + "bias", {spec_.d_model});
  }

  const T5Spec& spec_;
  std::int64_t inner_;
  std::vector<ExpectedTensor> tensors_;
};

}  // namespace

std::vector<ExpectedTensor> expected_tensors(const T5Spec& spec) {
  Collector collector(spec);
  collector.add(std::string(kSharedName), {spec.vocab_size, spec.d_model});
  if (spec.whole_word_rows > 0) collector.add(std::string(kWholeWordName), {spec.whole_word_rows, spec.d_model});
  if (spec.evidence_depths > 0) {
    collector.add(std::string(kEvidenceGateName), {spec.evidence_depths});
    if (spec.evidence_ages > 0) {
      collector.add(std::string(kEvidenceRepeatName), {spec.evidence_depths, spec.evidence_ages});
    }
  }
  if (spec.prompt_tokens > 0) collector.add(std::string(kPromptName), {spec.prompt_tokens, spec.d_model});
  if (spec.user_prompt_tokens > 0) {
    collector.add(std::string(kUserPromptName), {spec.user_prompt_rows, spec.d_model});
  }
  if (spec.prefix_tokens > 0) collector.add(std::string(kPrefixName), {spec.prefix_tokens, prefix_width(spec)});
  collector.add_stack("encoder", spec.num_layers);
  collector.add_stack("decoder", spec.num_decoder_layers);
  if (!spec.tie_word_embeddings) collector.add(std::string(kLmHeadName), {spec.vocab_size, spec.d_model});
  return collector.take();
}

bool is_ignored_tensor(std::string_view name) {
  // Evidence and users' features an adapter's base may have and the adapted model not.
  static constexpr std::array<std::string_view, 7> kIgnored = {
      kEncoderTableName,
      kDecoderTableName,
      kLmHeadName,
      kEvidenceGateName,
      kEvidenceRepeatName,
      kUserPromptName,
      "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight"};
  return std::find(kIgnored.begin(), kIgnored.end(), name) != kIgnored.end();
}

}  // namespace p5
