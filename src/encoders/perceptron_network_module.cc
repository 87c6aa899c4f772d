// A multilayer perceptron of the newest item and the mean of all items up to it: the network of Covington et al. 2016,
// which reads a history as a mean, with the newest item beside it.
#include <fmt/format.h>

#include <vector>

#include "encoders/encoder_network_module.h"

namespace p5 {
namespace {

class PerceptronNetwork final : public EncoderNetwork {
 public:
  explicit PerceptronNetwork(const EncoderOptions& options) : EncoderNetwork(options) {
    std::int64_t in = 2 * options.width;
    for (std::int64_t i = 0; i < options.layers; ++i) {
      hidden_.push_back(affine(fmt::format("hidden{}", i), in, options.feed_forward * options.width));
      in = options.feed_forward * options.width;
    }
    output_ = affine("output", in, options.width);
  }

  EncoderStates forward(const EncoderInput& input) override {
    const torch::Tensor items = drop(input.vectors);
    const torch::Tensor count = input.kept.cumsum(1).clamp_min(1.0).unsqueeze(-1);
    torch::Tensor states = torch::cat({items, items.cumsum(1) / count}, -1);
    for (const Affine& layer : hidden_) states = torch::relu(layer(states));
    return {output_(drop(states)), {}};
  }

 private:
  std::vector<Affine> hidden_;
  Affine output_;
};

}  // namespace

std::shared_ptr<EncoderNetwork> make_perceptron_network(const EncoderOptions& options) {
  return std::make_shared<PerceptronNetwork>(options);
}

}  // namespace p5
