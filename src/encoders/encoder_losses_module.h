// Losses of states against items, one row each. Thread-safe: free functions; draws come from torch's default generator.
#pragma once

#include <torch/torch.h>

#include <cstdint>

#include "encoders/encoder_options.h"
#include "nn/fused_layers_module.h"

namespace p5 {

struct LossInput {
  torch::Tensor states;    // [targets, width]
  torch::Tensor items;     // [items, width]
  torch::Tensor labels;    // [targets] int64, below items
  torch::Tensor log_draw;  // [items] log of the probability that the sampled softmax draws an item
  std::int64_t negatives = 1;
  const SparseLogits* evidence = nullptr;  // softmax only; null = none
};

// The loss of each target, [targets].
torch::Tensor encoder_losses(EncoderOptions::Loss loss, const LossInput& input);

}  // namespace p5
