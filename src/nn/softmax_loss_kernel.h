// Cross entropy of states against an output matrix without ever storing the logits: slabs of the vocabulary are
// multiplied, folded into a running log-sum-exp, and for the gradient multiplied once more (Wijmans et al. 2024, "Cut
// your losses in large-vocabulary language models"). Single-threaded, on plain memory; keep an object a thread.
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
  void split_rows(const Problem& problem);
  // Logits of a part against the packed slab, which begins at vocabulary entry `begin`: into the running sums (with the
  // labels' logits into `losses`), or as softmax_ and softmax_back_.
  void take_in_logits(const Problem& problem, const Part& part, std::int64_t begin, float* losses);
  void make_slopes(const Problem& problem, const Part& part, std::int64_t begin, const float* log_sums,
                   const float* weights);
  Matrix store_logits(const Part& part);

  std::vector<Part> parts_;
  std::vector<float> shifts_, lanes_;  // RunningSums of all rows (softmax_tile_kernel.h)
  AlignedFloats logits_, output_slope_;
  RightFactor slab_, slab_back_, softmax_back_;
  LeftFactor softmax_;
};

}  // namespace p5
