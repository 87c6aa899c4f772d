// Cross entropy of states against an output matrix without storing the logits: slabs of the vocabulary are multiplied,
// folded into a running log-sum-exp, and multiplied once more for the gradient (Wijmans et al. 2024, "Cut your losses
// in large-vocabulary language models"). On plain memory, with the threads of the layer team: each takes slabs and goes
// through the rows in parts. A part's sums take slabs in order (nn/turns.h), so that results do not depend on the
// number of threads. Not thread-safe: one object, one caller.
#pragma once

#include <cstdint>
#include <vector>

#include "nn/matrix_product.h"

namespace p5 {

class SoftmaxLossKernel {
 public:
  struct Problem {
    std::int64_t rows = 0, vocab = 0, d_model = 0;
    const float* states = nullptr;         // [rows, d_model]
    const float* output = nullptr;         // [vocab, d_model]
    const std::int64_t* labels = nullptr;  // [rows], below vocab
  };

  // losses [rows]: -log softmax(states * output^T)[label]; log_sums [rows]: log of the sum of exp(states * output^T).
  void losses(const Problem& problem, float* losses, float* log_sums);

  struct Slopes {
    const float* losses = nullptr;  // [rows] gradient of each loss
    float* states = nullptr;        // [rows, d_model] is set
    float* output = nullptr;        // [vocab, d_model] is added to
  };
  // log_sums as losses() gave them.
  void gradients(const Problem& problem, const float* log_sums, const Slopes& slopes);

 private:
  struct Part {
    std::int64_t first = 0, rows = 0;
    LeftFactor states, states_across;  // [rows, d_model], [d_model, rows]
  };
  // What a thread works with.
  struct Space {
    std::int64_t begin = 0;  // the packed slab's first vocabulary entry
    RightFactor slab, slab_back, softmax_back;
    LeftFactor softmax;
    AlignedFloats logits, output_slope;
  };
  static Space& space_here();
  void split_rows(const Problem& problem, bool across);
  // Calls body(space, slab's turn) for every slab, packed in the space.
  template <class Body>
  void for_slabs(const Problem& problem, const Body& body) const;
  // Logits of a part against the packed slab: into the running sums (with the labels' logits into `losses`), or as
  // space.softmax and space.softmax_back.
  void take_in_logits(const Problem& problem, const Part& part, Space& space, float* losses);
  void make_slopes(const Problem& problem, const Part& part, Space& space, const float* log_sums,
                   const float* weights) const;
  static Matrix store_logits(const Part& part, Space& space);

  std::vector<Part> parts_;
  std::vector<float> shifts_, lanes_;  // RunningSums of all rows (softmax_tile_kernel.h)
};

}  // namespace p5
