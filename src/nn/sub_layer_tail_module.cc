#include "nn/sub_layer_tail_module.h"

namespace p5 {

SubLayerTailModule::SubLayerTailModule(const SubLayerTailOptions& options) {
  if (options.width > 0) {
    down_ = register_parameter("down", torch::empty({options.width, options.d_model}));
    down_bias_ = register_parameter("down_bias", torch::empty({options.width}));
    up_ = register_parameter("up", torch::empty({options.d_model, options.width}));
    up_bias_ = register_parameter("up_bias", torch::empty({options.d_model}));
  }
  if (options.bias) bias_ = register_parameter("bias", torch::empty({options.d_model}));
}

torch::Tensor SubLayerTailModule::forward(const torch::Tensor& before, const torch::Tensor& after) const {
  torch::Tensor result = after;
  if (down_.defined()) {
    const torch::Tensor hidden = torch::linear(after - before, down_, down_bias_).relu();
    result = result + torch::linear(hidden, up_, up_bias_);
  }
  return bias_.defined() ? result + bias_ : result;
}

}  // namespace p5
