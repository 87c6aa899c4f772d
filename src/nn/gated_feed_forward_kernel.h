// The gated feed-forward sub-layer of a T5 1.1 block on plain memory, forward only: y = x + W_o (gelu(W_0 norm(x)) *
// (W_1 norm(x))), with gelu by its tanh form (Hendrycks and Gimpel 2016; Shazeer 2020). The hidden layer is computed in
// slabs that stay in cache. A kernel is read by many threads at once; each has its own Workspace.
#pragma once

#include <cstdint>
#include <vector>

#include "nn/matrix_product.h"

namespace p5 {

struct GatedFeedForwardWeights {
  std::int64_t d_model = 0, d_ff = 0;
  const float* norm = nullptr;    // [d_model]
  const float* gate = nullptr;    // [d_ff, d_model], the half that goes through gelu
  const float* input = nullptr;   // [d_ff, d_model]
  const float* output = nullptr;  // [d_model, d_ff]
  float epsilon = 1e-6f;
};

class GatedFeedForwardKernel {
 public:
  // Weights are packed here, except norm, whose memory must stay valid.
  explicit GatedFeedForwardKernel(const GatedFeedForwardWeights& weights);

  struct Workspace {
    AlignedFloats normed, inverse, gate, hidden, sum;
    LeftFactor left_normed, left_hidden;
  };

  // states [rows, d_model] to `to` [rows, d_model], which may be `states`.
  void forward(std::int64_t rows, const float* states, float* to, Workspace& space) const;

 private:
  struct Slab {
    std::int64_t first = 0, width = 0;  // hidden units
    RightFactor gate, input;
  };

  GatedFeedForwardWeights weights_;
  std::vector<Slab> slabs_;
  RightFactor output_;  // whole: a slab reads some of its rows
};

}  // namespace p5
