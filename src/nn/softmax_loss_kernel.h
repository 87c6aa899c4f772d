// Cross entropy of states against an output matrix without ever storing the logits: slabs of the vocabulary are
// multiplied, folded into a running log-sum-exp, and for the gradient multiplied once more (Wijmans et al. 2024, "Cut
// your losses in large-vocabulary language models"). Single-threaded, on plain memory; keep an object a thread.
#pragma once

#include <cstdint>
#include <vector>

#include "nn/matrix_product.h"
#include "nn/row_kernels.h"

namespace p5 {

class SoftmaxLossKernel {
 public:
  struct Problem {
    std::int64_t rows = 0, vocab = 0, d_model = 0;
    const float* states = nullptr;         // [rows, d_model]
    const float* output = nullptr;         // [vocab, d_model]
    const std::int64_t* labels = nullptr;  // [rows], below vocab
  };

  // losses [rows]: -log softmax(states * output^T)[label]. Keeps what gradients() needs.
  void losses(const Problem& problem, float* losses);
  // After losses() of the same problem; row_gradient [rows] is that of each loss. Sets states_gradient [rows, d_model]
  // and adds to output_gradient [vocab, d_model].
  void gradients(const Problem& problem, const float* row_gradient, float* states_gradient, float* output_gradient);

 private:
  struct Part {
    std::int64_t first = 0, rows = 0;
    LeftFactor left;
    RightFactor right;
  };
  void split_rows(const Problem& problem);
  // Logits of a part against the packed slab, into logits_.
  float* slab_logits(const Part& part, std::int64_t width);

  std::vector<Part> parts_;
  std::vector<LogSum> sums_;
  AlignedFloats logits_;
  RightFactor slab_, slab_back_;
  LeftFactor left_, left_across_;
};

}  // namespace p5
