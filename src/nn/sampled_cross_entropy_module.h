// Cross entropy against a large output matrix of which few rows are looked at: for training on a CPU, where the full
// softmax is most of a step. Thread-safe: free functions; draws come from torch's default generator.
#pragma once

#include <torch/torch.h>

#include <cstdint>

#include "nn/fused_layers_module.h"

namespace p5 {

// An estimate of cross_entropy(states, output, labels, sparse), [rows]. A column j is drawn for all rows with a chance
// p_j of its own. With E a row's label and its entries of `sparse` (null: none), z = states * output^T + bias, and t
// the target,
//
//   log(sum of exp(z_e) over E + sum of exp(z_j) / p_j over drawn j outside E) - sum of t_e z_e over E
//
// The sum in the logarithm has the full one's expectation (Horvitz and Thompson 1952; the logQ correction of Bengio and
// Senecal 2008 and Yi et al. 2019, where draws are independent and what is certain needs none); its logarithm is
// smaller on average, the less the more is drawn. REQUIRES float32 on the CPU, and chances [columns] in [0, 1], 0 for
// none but what may be ignored.
torch::Tensor sampled_cross_entropy(const torch::Tensor& states, const torch::Tensor& output,
                                    const torch::Tensor& labels, const SparseLogits* sparse,
                                    const torch::Tensor& chances);

// [columns]: proportional to the weights, at most 1, so that `draws` columns are drawn on average; 1 for all where
// there are no more columns than that. REQUIRES weights [columns] above 0.
torch::Tensor chances_of(const torch::Tensor& weights, std::int64_t draws);

}  // namespace p5
