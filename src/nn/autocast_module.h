// Mixed precision: while an object lives, this thread's products on `device` take bfloat16 factors and sum in float32.
// Norms, softmax, losses and weights stay float32 (Micikevicius et al. 2018, "Mixed precision training"). bfloat16 has
// float32's range, so losses need no scaling. Open it around a forward pass only: the backward pass follows what was
// done there. Does nothing unless `wanted`.
#pragma once

#include <torch/torch.h>

namespace p5 {

class AutocastScope {
 public:
  AutocastScope(const torch::Device& device, bool wanted);
  ~AutocastScope();
  AutocastScope(const AutocastScope&) = delete;
  AutocastScope& operator=(const AutocastScope&) = delete;

 private:
  bool wanted_, on_cpu_;
};

// Whether an AutocastScope of this thread makes products on `device` bfloat16.
bool autocast_is_on(const torch::Device& device);

// terms + more in the wider of their types, so that the sum is not rounded to the type of one term. Works in place on
// `terms` where the types agree; operators ending in _ would do so whatever the types.
torch::Tensor sum_of(torch::Tensor terms, const torch::Tensor& more);

}  // namespace p5
