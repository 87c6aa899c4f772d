// The feed-forward sub-layer of a T5 block on plain memory: y = x + drop(W_o drop(relu(W_i norm(x)))). The hidden layer
// is made and used in slabs that stay in cache and is never stored: the backward pass recomputes it, which costs less
// than writing and reading it (at several hundred GFLOP/s per core, memory is the bottleneck). Only one bit per element
// is kept: whether anything came through. A kernel is made on the layer team and read by many threads at once; each has
// its own Workspace.
#pragma once

#include <cstdint>
#include <vector>

#include "nn/matrix_product.h"
#include "nn/row_kernels.h"
#include "nn/turns.h"

namespace p5 {

// Which pass a kernel packs its weights for.
enum class Pass { kForward, kBackward };

// Dropout of one call: sub-layers draw their masks from `seed` and the number of the chunk they work on.
struct KernelDropout {
  double probability = 0.0;
  std::uint64_t seed = 0;
};

struct FeedForwardWeights {
  std::int64_t d_model = 0, d_ff = 0;
  const float* norm = nullptr;    // [d_model]
  const float* input = nullptr;   // [d_ff, d_model]
  const float* output = nullptr;  // [d_model, d_ff]
  float epsilon = 1e-6f;
};

// Gradients are added to what is there; those of `input` and `output` may be null where the weight is frozen.
struct FeedForwardGradients {
  float* norm = nullptr;
  float* input = nullptr;  // [d_model, d_ff]: transposed, because the hidden layer's gradient then needs no transposing
  float* output = nullptr;     // [d_model, d_ff]
  const Turn* turn = nullptr;  // the chunk's, where several add to these sums at once
};

class FeedForwardKernel {
 public:
  // Weights are packed here, except norm, whose memory must stay valid.
  FeedForwardKernel(const FeedForwardWeights& weights, Pass pass);

  struct Workspace {
    AlignedFloats normed, inverse, hidden, sum, change;
    LeftFactor left_normed, left_normed_across, left_hidden, left_change, left_change_across;
    RightFactor right_hidden;
  };

  // A chunk of rows; `chunk` is its number. The backward pass must cut the rows as the forward pass did.
  struct Chunk {
    std::int64_t rows = 0;
    std::int64_t chunk = 0;
    KernelDropout dropout;
  };

  // Words that forward writes for backward of a chunk of this many rows.
  std::int64_t open_words(std::int64_t rows) const;
  // states [rows, d_model] to `to` [rows, d_model], which may be `states`; `open` may be null without a backward pass.
  void forward(const Chunk& chunk, const float* states, float* to, std::uint32_t* open, Workspace& space) const;
  // gradient [rows, d_model] of the result; `to` [rows, d_model] is set to the gradient of `states`.
  void backward(const Chunk& chunk, const float* states, const std::uint32_t* open, const float* gradient, float* to,
                const FeedForwardGradients& gradients, Workspace& space) const;

 private:
  struct Slab {
    std::int64_t first = 0, width = 0;  // hidden units
    RightFactor input;                  // norm(x) to hidden
    RightFactor output_back, input_back;
  };
  DropoutKey hidden_key(const Chunk& chunk, std::size_t slab) const;
  DropoutKey residual_key(const Chunk& chunk) const;
  void norm(std::int64_t rows, const float* states, Workspace& space) const;
  // Room for the hidden units of one slab.
  static Matrix hidden_of(std::int64_t rows, const Slab& slab, Workspace& space);
  // Hidden units of one slab, before the activation.
  Matrix hide(std::int64_t rows, const Slab& slab, Workspace& space) const;

  FeedForwardWeights weights_;
  std::vector<Slab> slabs_;
  RightFactor output_;  // hidden to result, whole: a slab reads some of its rows; not for a backward pass
};

}  // namespace p5
