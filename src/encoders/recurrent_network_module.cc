// GRU4Rec's gated recurrent units over the items.
#include "encoders/encoder_network_module.h"

namespace p5 {
namespace {

class RecurrentNetwork final : public EncoderNetwork {
 public:
  explicit RecurrentNetwork(const EncoderOptions& options) : EncoderNetwork(options) {
    units_ = register_module(
        "units", torch::nn::GRU(
                     torch::nn::GRUOptions(options.width, options.width).num_layers(options.layers).batch_first(true)));
    output_ = affine("output", options.width, options.width);
  }

  EncoderStates forward(const EncoderInput& input) override {
    return {output_(drop(std::get<0>(units_->forward(drop(input.vectors))))), {}};
  }

 private:
  torch::nn::GRU units_ = nullptr;
  Affine output_;
};

}  // namespace

std::shared_ptr<EncoderNetwork> make_recurrent_network(const EncoderOptions& options) {
  return std::make_shared<RecurrentNetwork>(options);
}

}  // namespace p5
