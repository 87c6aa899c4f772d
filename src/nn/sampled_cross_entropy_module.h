// Cross entropy against a large output matrix of which few rows are looked at: drawn ones, for training on a CPU, where
// the full softmax is most of a step, or listed ones. Thread-safe: free functions; draws come from torch's default
// generator.
#pragma once

#include <torch/torch.h>

#include <cstdint>

#include "nn/fused_layers_module.h"

namespace p5 {

// Columns that are drawn for all rows of a batch, each with a chance of its own.
struct DrawnColumns {
  torch::Tensor columns;  // [drawn] int64, ascending
  torch::Tensor chances;  // [drawn] with which each was drawn
};
// By `chances` [columns] in [0, 1]; equal seeds draw equal columns, and 0 is torch's default generator.
DrawnColumns draw_columns(const torch::Tensor& chances, std::uint64_t seed = 0);

// An estimate of cross_entropy(states, output, labels, sparse), [rows]. A column j is drawn for all rows with a chance
// p_j of its own. With E a row's label and its entries of `sparse` (null: none), z = states * output^T + bias, and t
// the target,
//
//   log(sum of exp(z_e) over E + sum of exp(z_j) / p_j over drawn j outside E) - sum of t_e z_e over E
//
// The sum in the logarithm has the full one's expectation (Horvitz and Thompson 1952; the logQ correction of Bengio and
// Senecal 2008 and Yi et al. 2019, where draws are independent and what is certain needs none); its logarithm is
// smaller on average, the less the more is drawn. REQUIRES float32 on the CPU, and chances that are 0 for none but what
// may be ignored.
torch::Tensor sampled_cross_entropy(const torch::Tensor& states, const torch::Tensor& output,
                                    const torch::Tensor& labels, const SparseLogits* sparse, const DrawnColumns& drawn);

// The columns that each row compares: entries of row r are [offsets[r], offsets[r + 1]). On the CPU, except for `bias`
// and `target`, which are where the states are.
struct ListedLogits {
  torch::Tensor offsets;  // [rows + 1] int64
  torch::Tensor columns;  // [entries] int64
  torch::Tensor bias;     // [entries] float32, added to the logit; has a gradient
  torch::Tensor target;   // [entries] float32, sums to 1 in a row. No gradient
};
// -sum_e t_e log softmax(z)_e over the entries e of each row, z_e = states_r . output_c(e) + bias_e, [rows].
torch::Tensor listed_cross_entropy(const torch::Tensor& states, const torch::Tensor& output,
                                   const ListedLogits& listed);

// [columns]: proportional to the weights, at most 1, so that `draws` columns are drawn on average; 1 for all where
// there are no more columns than that. REQUIRES weights [columns] above 0.
torch::Tensor chances_of(const torch::Tensor& weights, std::int64_t draws);

}  // namespace p5
