// Recurrent units over the items: GRU4Rec's gated ones (Hidasi et al. 2016) and LSTM (Hochreiter and Schmidhuber 1997).
#include "encoders/encoder_network_module.h"

namespace p5 {
namespace {

template <typename Units, typename Options>
class RecurrentNetwork final : public EncoderNetwork {
 public:
  explicit RecurrentNetwork(const EncoderOptions& options) : EncoderNetwork(options) {
    units_ = register_module("units",
                             Units(Options(options.width, options.width).num_layers(options.layers).batch_first(true)));
    output_ = affine("output", options.width, options.width);
  }

  EncoderStates forward(const EncoderInput& input) override {
    return {output_(drop(std::get<0>(units_->forward(drop(input.vectors))))), {}};
  }

 private:
  Units units_ = nullptr;
  Affine output_;
};

}  // namespace

std::shared_ptr<EncoderNetwork> make_recurrent_network(const EncoderOptions& options) {
  if (options.network == EncoderKind::kLstm) {
    return std::make_shared<RecurrentNetwork<torch::nn::LSTM, torch::nn::LSTMOptions>>(options);
  }
  return std::make_shared<RecurrentNetwork<torch::nn::GRU, torch::nn::GRUOptions>>(options);
}

}  // namespace p5
