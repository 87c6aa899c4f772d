// The position-wise feed-forward part of a block: ReLU (T5 v1.0) or gated GELU with the tanh form (v1.1; Shazeer 2020).
#pragma once

#include <torch/torch.h>

#include <cstdint>

#include "nn/adaptable_weight_module.h"
#include "nn/fused_layers_module.h"

namespace p5 {

struct FeedForwardOptions {
  enum class Activation { kRelu, kGatedGelu };
  std::int64_t d_model = 512;
  std::int64_t d_ff = 2048;
  double dropout = 0.0;  // of the hidden layer
  Activation activation = Activation::kRelu;
};

class FeedForwardModule : public torch::nn::Module {
 public:
  explicit FeedForwardModule(const FeedForwardOptions& options);

  // [..., d_model] to [..., d_model]
  torch::Tensor forward(const torch::Tensor& states);

  // The parameters as the fused layers take them; `norm` is the weight of the norm before this layer. Not when gated().
  FeedForwardTensors tensors(const torch::Tensor& norm, double epsilon) const {
    return {norm, input_.seen(), output_.seen(), epsilon};
  }
  bool gated() const { return options_.activation == FeedForwardOptions::Activation::kGatedGelu; }
  // Detached, views of what is stored unless something changes it, [d_ff, d_model]; linear_weight only when gated().
  // output_weight is [d_model, d_ff].
  torch::Tensor activated_weight() const { return input_.seen().detach().narrow(0, 0, options_.d_ff); }
  torch::Tensor linear_weight() const { return input_.seen().detach().narrow(0, options_.d_ff, options_.d_ff); }
  torch::Tensor output_weight() const { return output_.seen().detach(); }
  // For what adapts them.
  AdaptableWeight& input() { return input_; }
  AdaptableWeight& output() { return output_; }

 private:
  FeedForwardOptions options_;
  AdaptableWeight input_;   // [d_ff or 2 * d_ff, d_model]: the activated half first
  AdaptableWeight output_;  // [d_model, d_ff]
};

}  // namespace p5
