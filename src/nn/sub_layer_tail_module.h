// What an adapter does after a sub-layer of a block, x + f(x): a bottleneck reads f(x) and adds to it (Houlsby et al.
// 2019 after every sub-layer, Pfeiffer et al. 2021 after the feed-forward part only), and a bias is added, which T5's
// layers lack (BitFit, Ben Zaken et al. 2022). Not thread-safe.
#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace p5 {

struct SubLayerTailOptions {
  std::int64_t d_model = 512;
  std::int64_t width = 0;  // of the bottleneck; 0 = none
  bool bias = false;
};

class SubLayerTailModule : public torch::nn::Module {
 public:
  // Weights are allocated and not yet set.
  explicit SubLayerTailModule(const SubLayerTailOptions& options);

  // States before the sub-layer, x, and after it, x + f, [..., d_model]: x + f + up(relu(down(f))) + bias.
  torch::Tensor forward(const torch::Tensor& before, const torch::Tensor& after) const;

  // Undefined where there is none; down [width, d_model], up [d_model, width], biases [width] and [d_model].
  const torch::Tensor& down() const { return down_; }
  const torch::Tensor& down_bias() const { return down_bias_; }
  const torch::Tensor& up() const { return up_; }
  const torch::Tensor& up_bias() const { return up_bias_; }
  const torch::Tensor& bias() const { return bias_; }

 private:
  torch::Tensor down_, down_bias_, up_, up_bias_, bias_;
};

}  // namespace p5
