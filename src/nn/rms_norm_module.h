// Root mean square norm (Zhang and Sennrich 2019), as in T5: no mean is subtracted and there is no bias.
#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace p5 {

// y = x / sqrt(mean(x^2) + epsilon) * weight over the last axis.
class RmsNormModule : public torch::nn::Module {
 public:
  RmsNormModule(std::int64_t width, double epsilon);

  // [..., width] float32
  torch::Tensor forward(const torch::Tensor& states);
  const torch::Tensor& weight() const { return weight_; }
  double epsilon() const { return epsilon_; }

 private:
  torch::Tensor weight_;  // [width]
  double epsilon_;
};

}  // namespace p5
