// Losses of states against items, one row each. Thread-safe: free functions; draws come from torch's default generator.
#pragma once

#include <torch/torch.h>

#include <cstdint>

#include "encoders/encoder_options.h"
#include "nn/fused_layers_module.h"
#include "nn/sampled_cross_entropy_module.h"

namespace p5 {

struct LossInput {
  torch::Tensor states;                    // [targets, width]
  torch::Tensor items;                     // [items, width]
  torch::Tensor labels;                    // [targets] int64, below items
  DrawnColumns drawn;                      // of the sampled softmax
  std::int64_t negatives = 1;              // of a target, by the losses of pairs
  const SparseLogits* evidence = nullptr;  // of the softmaxes; null = none
};

// The loss of each target, [targets].
torch::Tensor encoder_losses(EncoderOptions::Loss loss, const LossInput& input);

}  // namespace p5
