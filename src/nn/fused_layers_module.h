// The sub-layers of a T5 block and the output softmax as single autograd functions over the CPU kernels of this module:
// norm, products, activation, dropout and residual in one pass over chunks of rows that stay in cache. Results agree
// with the plain modules' to float32 rounding (dropout draws its own masks). Thread-safe as torch's functions are.
#pragma once

#include <torch/torch.h>

#include <cstdint>

#include "nn/sequence_runs.h"

namespace p5 {

// Whether `states` goes through the fused kernels: float32 on the CPU, unless PlainLayers or the environment variable
// P5_PLAIN_LAYERS=1 turns them off.
bool fused_layers_apply(const torch::Tensor& states);

// While one lives, every layer of the process takes the plain libtorch path: the reference for tests and benchmarks.
class PlainLayers {
 public:
  PlainLayers();
  ~PlainLayers();
  PlainLayers(const PlainLayers&) = delete;
  PlainLayers& operator=(const PlainLayers&) = delete;
};

struct FeedForwardTensors {
  torch::Tensor norm;    // [d_model]
  torch::Tensor input;   // [d_ff, d_model]
  torch::Tensor output;  // [d_model, d_ff]
  double epsilon = 1e-6;
};

// states [..., d_model]: states + drop(W_o drop(relu(W_i norm(states)))). `dropout` is 0 outside of training.
torch::Tensor fused_feed_forward(const torch::Tensor& states, const FeedForwardTensors& weights, double dropout);

struct AttentionTensors {
  torch::Tensor norm;       // [d_model]
  torch::Tensor query;      // [inner, d_model], or [3 * inner, d_model] with keys and values after, for self-attention
  torch::Tensor key_value;  // [2 * inner, d_model]; undefined for self-attention
  torch::Tensor output;     // [d_model, inner]
  std::int64_t heads = 1;
  double epsilon = 1e-6;
  torch::Tensor prefix_key = {}, prefix_value = {};  // [prefix, inner]: before those of each sequence; or undefined
};

struct AttentionInputs {
  torch::Tensor states;  // [..., d_model]: the tokens of sequences, in `runs`
  SequenceRuns runs;
  torch::Tensor memory;  // [rows, keys, d_model], rows of all runs; undefined for self-attention
  // [1, heads, queries, prefix + keys] of the longest run, whose beginning serves shorter runs; or undefined.
  torch::Tensor bias;
  // [rows, 1, 1, prefix + keys] additive mask, or undefined; no gradient. With a mask, self-attention takes a single
  // run.
  torch::Tensor hidden;
};

// states + drop(W_o attend(...)); see attention_kernel.h.
torch::Tensor fused_attention(const AttentionInputs& inputs, const AttentionTensors& weights, double dropout);

// losses [rows] of states [rows, d_model] against output [vocab, d_model] and labels [rows] int64.
torch::Tensor fused_cross_entropy(const torch::Tensor& states, const torch::Tensor& output,
                                  const torch::Tensor& labels);

// What is added to some logits of each row, and how much of the row's target they get: entries of row r are
// [offsets[r], offsets[r + 1]), their columns ascending and distinct. On the CPU, except for `bias` and `shares`, which
// are where the states are.
struct SparseLogits {
  torch::Tensor offsets;  // [rows + 1] int64
  torch::Tensor columns;  // [entries] int64
  torch::Tensor bias;     // [entries] float32; has a gradient
  torch::Tensor shares;   // [entries] float32, at most 1 in a row; the label gets the rest. No gradient
};
// -sum_j t_j log softmax(states * output^T + bias)[j], [rows]: t is 1 - sum(shares) at the label plus the shares at
// their columns. Fused where fused_layers_apply(), else by LibTorch's operators.
torch::Tensor cross_entropy(const torch::Tensor& states, const torch::Tensor& output, const torch::Tensor& labels,
                            const SparseLogits& sparse);

}  // namespace p5
