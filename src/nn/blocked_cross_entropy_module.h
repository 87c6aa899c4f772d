// Cross entropy of many states against a large table of tokens, in blocks of states: the logits of a block are gone
// before those of the next come, as their gradient is taken at once (Hsu et al. 2024, "Liger Kernel"; Wijmans et al.
// 2025, "Cut your losses"). All shapes are known beforehand and nothing waits for the device, so that a CUDA graph can
// hold it. Thread-safe: a free function.
#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace p5 {

// What each label competes with, and what is known of those tokens. Undefined tensors: all tokens, and nothing.
struct LabelWorld {
  torch::Tensor set;      // [labels] int64: a row of `closed`
  torch::Tensor closed;   // [sets, tokens] bool: tokens that are not in the set
  torch::Tensor columns;  // [labels, most] int64: known tokens, each once; padding is token 0 with bias and share 0
  torch::Tensor bias;     // [labels, most] float32, added to logits; has a gradient
  torch::Tensor shares;   // [labels, most] float32 of the target, at most 1 in a row; the label gets the rest
};

struct WeightedLoss {
  torch::Tensor sum;     // scalar float32 with its graph: sum over labels of weight * loss
  torch::Tensor losses;  // [labels] float32, detached
};

// The losses -sum_j t_j log softmax(states * output^T + bias)[j] over the tokens of the label's set, t as in
// nn/fused_layers_module.h. states [labels, d], output [tokens, d], labels [labels] int64, weights [labels] float32.
// Products are bfloat16 within an AutocastScope, sums and softmax float32. At most `block` scores are held at once.
WeightedLoss blocked_cross_entropy(const torch::Tensor& states, const torch::Tensor& output,
                                   const torch::Tensor& labels, const torch::Tensor& weights, const LabelWorld& world,
                                   std::int64_t block = std::int64_t{1} << 26);

}  // namespace p5
