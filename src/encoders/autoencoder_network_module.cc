// Mult-DAE and Mult-VAE (Liang et al. 2018): the set of a user's items through few dimensions; Mult-VAE's are those of
// a normal distribution, from which training draws. The likelihood is the softmax over all items, as for the others.
#include "encoders/encoder_network_module.h"
#include "nn/dropout_module.h"

namespace p5 {
namespace {

class AutoencoderNetwork final : public EncoderNetwork {
 public:
  explicit AutoencoderNetwork(const EncoderOptions& options) : EncoderNetwork(options) {
    const std::int64_t width = options.width, hidden = options.feed_forward * width;
    hidden_ = affine("hidden", width, hidden);
    mean_ = affine("mean", hidden, width);
    if (options.network == EncoderKind::kMultVae) spread_ = affine("spread", hidden, width);
    decoded_ = affine("decoded", width, hidden);
    output_ = affine("output", hidden, width);
  }

  EncoderStates forward(const EncoderInput& input) override {
    const std::int64_t rows = input.vectors.size(0), length = input.vectors.size(1);
    // Dropout of whole items, the papers' corruption; other objectives drop items before.
    const bool sampled = is_training() && input.reading == Reading::kSampled;
    const torch::Tensor kept = sampled ? drop(input.kept) : input.kept;
    const torch::Tensor norm = input.kept.sum(1, true).clamp_min(1.0).sqrt();
    const torch::Tensor bag = (input.vectors * kept.unsqueeze(-1)).sum(1) / norm;
    const torch::Tensor hidden = torch::tanh(hidden_(bag));
    const torch::Tensor mean = mean_(hidden);
    torch::Tensor code = mean, penalty;
    if (sampled) {
      const torch::Tensor log_variance = spread_(hidden);
      code = mean + torch::randn_like(mean) * (log_variance * 0.5).exp();
      // The divergence from the standard normal, for each target: the paper counts both for each user.
      const torch::Tensor divergence = -0.5 * (1 + log_variance - mean.square() - log_variance.exp()).sum();
      penalty = kDivergence * divergence / input.kept.sum();
    }
    const torch::Tensor state = output_(torch::tanh(decoded_(code)));
    return {state.unsqueeze(1).expand({rows, length, state.size(-1)}), penalty};
  }

 private:
  static constexpr double kDivergence = 0.2;  // beta, which the paper raises to this value
  Affine hidden_, mean_, spread_, decoded_, output_;
};

}  // namespace

std::shared_ptr<EncoderNetwork> make_autoencoder_network(const EncoderOptions& options) {
  return std::make_shared<AutoencoderNetwork>(options);
}

}  // namespace p5
