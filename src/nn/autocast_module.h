// Mixed precision: while one lives, this thread's products on `device` take bfloat16 factors and sum in float32; norms,
// softmax, losses and weights stay float32 (Micikevicius et al. 2018, "Mixed precision training"; bfloat16 has
// float32's range, so that no loss is scaled). Open it around a forward pass alone: the backward pass follows what was
// done. Not `wanted`: does nothing.
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

// terms + more in the wider of their types, so that a sum is not rounded as one of its terms is: in place of `terms`
// where the types agree, which operators ending in _ would do whatever the types.
torch::Tensor sum_of(torch::Tensor terms, const torch::Tensor& more);

}  // namespace p5
