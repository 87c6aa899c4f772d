// SASRec, its gated form, and BERT4Rec: one Transformer with norms before the sub-layers. Any of them can be read both
// ways: then attention hides nothing but padding.
#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "encoders/encoder_network_module.h"
#include "nn/dropout_module.h"
#include "nn/relative_position.h"

namespace p5 {
namespace {

class TransformerNetwork final : public EncoderNetwork {
 public:
  explicit TransformerNetwork(const EncoderOptions& options)
      : EncoderNetwork(options),
        gated_(options.network == EncoderKind::kESasRec),
        signed_(options.network == EncoderKind::kBert4Rec) {
    const std::int64_t width = options.width, hidden = options.feed_forward * width;
    if (options.positions == EncoderOptions::Positions::kAbsolute) {
      places_ = weight("place_table", {options.history, width});
    } else if (options.positions == EncoderOptions::Positions::kRelative) {
      distances_ = weight("distance_table", {options.heads, signed_ ? 2 * options.history - 1 : options.history});
    }
    for (std::int64_t i = 0; i < options.layers; ++i) {
      const auto name = [i](const char* part) { return fmt::format("layer{}_{}", i, part); };
      Layer& layer = layers_.emplace_back();
      layer.attention_norm = norm(name("attention"), width);
      layer.query_key_value = affine(name("query_key_value"), width, 3 * width);
      layer.output = affine(name("output"), width, width);
      layer.hidden_norm = norm(name("hidden"), width);
      layer.hidden = affine(name("hidden"), width, gated_ ? 2 * hidden : hidden);
      layer.result = affine(name("result"), hidden, width);
      if (!gated_) continue;
      layer.attention_gate = affine(name("attention_gate"), width, width);
      layer.hidden_gate = affine(name("hidden_gate"), width, width);
    }
  }

  EncoderStates forward(const EncoderInput& input) override {
    torch::Tensor states = input.vectors;
    const std::int64_t length = states.size(1);
    if (places_.defined()) states = states + places_.narrow(0, 0, length);
    states = drop(states);
    const torch::Tensor bias = score_bias(input, length);
    for (const Layer& layer : layers_) {
      torch::Tensor change = attend(layer, layer.attention_norm(states), bias);
      if (gated_) change = change * torch::sigmoid(layer.attention_gate(states));
      states = states + drop(change);
      change = feed_forward(layer, layer.hidden_norm(states));
      if (gated_) change = change * torch::sigmoid(layer.hidden_gate(states));
      states = states + drop(change);
    }
    return {states, {}};
  }

  // Narrow models start with 0.02, as SASRec's and BERT's do; wide ones with less, so that sums stay as small.
  double deviation(const std::string& name, const torch::Tensor&) const override {
    const bool table = name.find("table") != std::string::npos;
    return table || options_.width <= 128 ? 0.02 : 0.25 / std::sqrt(static_cast<double>(options_.width));
  }

 private:
  struct Layer {
    Norm attention_norm, hidden_norm;
    Affine query_key_value, output, hidden, result, attention_gate, hidden_gate;
  };

  // [1 or rows, 1 or heads, length, length]: what hides items, and the numbers of distances.
  torch::Tensor score_bias(const EncoderInput& input, std::int64_t length) const {
    const torch::Tensor place =
        torch::arange(length, torch::TensorOptions(torch::kLong).device(input.vectors.device()));
    const torch::Tensor age = place.unsqueeze(1) - place.unsqueeze(0);  // of the key, from the query
    const bool causal = input.reading == Reading::kForward;
    torch::Tensor bias = causal ? (age < 0).to(torch::kFloat).mul(kHiddenScore)
                                : torch::zeros({length, length}, input.vectors.options());
    if (distances_.defined()) {
      // A network that answers forwards has no numbers of its own for items that come later.
      const torch::Tensor column = signed_ ? age + (options_.history - 1) : causal ? age.clamp_min(0) : age.abs();
      bias = bias + distances_.index_select(1, column.reshape({-1})).view({options_.heads, length, length});
    }
    if (!causal) {
      const torch::Tensor hidden = (1 - input.kept).mul(kHiddenScore);
      bias = bias + hidden.view({hidden.size(0), 1, 1, length});
    }
    return bias;
  }

  torch::Tensor attend(const Layer& layer, const torch::Tensor& normed, const torch::Tensor& bias) const {
    const std::int64_t rows = normed.size(0), length = normed.size(1), heads = options_.heads;
    const std::int64_t each = options_.width / heads;
    const auto parts =
        layer.query_key_value(normed).view({rows, length, 3, heads, each}).permute({2, 0, 3, 1, 4}).unbind(0);
    const torch::Tensor scores =
        parts[0].matmul(parts[1].transpose(-1, -2)) / std::sqrt(static_cast<double>(each)) + bias;
    const torch::Tensor mixed = drop(scores.softmax(-1)).matmul(parts[2]);
    return layer.output(mixed.transpose(1, 2).reshape({rows, length, options_.width}));
  }

  torch::Tensor feed_forward(const Layer& layer, const torch::Tensor& normed) const {
    torch::Tensor hidden = layer.hidden(normed);
    if (gated_) {
      const auto halves = hidden.chunk(2, -1);  // SwiGLU, Shazeer 2020
      hidden = torch::silu(halves[0]) * halves[1];
    } else {
      hidden = torch::gelu(hidden);
    }
    return layer.result(drop(hidden));
  }

  const bool gated_;
  const bool signed_;        // distances to later items have numbers of their own
  torch::Tensor places_;     // [history, width]
  torch::Tensor distances_;  // [heads, distances]
  std::vector<Layer> layers_;
};

}  // namespace

std::shared_ptr<EncoderNetwork> make_transformer_network(const EncoderOptions& options) {
  return std::make_shared<TransformerNetwork>(options);
}

}  // namespace p5
