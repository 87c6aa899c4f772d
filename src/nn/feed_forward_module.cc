#include "nn/feed_forward_module.h"

#include "nn/dropout_module.h"

namespace p5 {

FeedForwardModule::FeedForwardModule(const FeedForwardOptions& options) : options_(options) {
  input_ = AdaptableWeight(register_parameter("wi", torch::empty({(gated() ? 2 : 1) * options.d_ff, options.d_model})));
  output_ = AdaptableWeight(register_parameter("wo", torch::empty({options.d_model, options.d_ff})));
}

torch::Tensor FeedForwardModule::forward(const torch::Tensor& states) {
  torch::Tensor hidden = torch::linear(states, input_.seen());
  if (gated()) {
    const auto halves = hidden.chunk(2, -1);
    hidden = torch::gelu(halves[0], "tanh") * halves[1];
  } else {
    hidden.relu_();
  }
  return torch::linear(hashed_dropout(hidden, options_.dropout, is_training()), output_.seen());
}

}  // namespace p5
