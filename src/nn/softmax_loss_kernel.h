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
  // What is added to some logits z, and how a row's target is spread over them; none while `offsets` is null. Entries
  // of row r are [offsets[r], offsets[r + 1]), their columns ascending and distinct.
  struct SparseColumns {
    const std::int64_t* offsets = nullptr;  // [rows + 1]
    const std::int64_t* columns = nullptr;  // [entries], below vocab
    const float* bias = nullptr;            // [entries] added to the logit
    const float* shares = nullptr;          // [entries] of the target; the label has the rest
  };
  struct Problem {
    std::int64_t rows = 0, vocab = 0, d_model = 0;
    const float* states = nullptr;         // [rows, d_model]
    const float* output = nullptr;         // [vocab, d_model]
    const std::int64_t* labels = nullptr;  // [rows], below vocab
    SparseColumns sparse = {};
  };

  // With logits z = states * output^T + bias and t the target (1 at the label, or spread), losses [rows]:
  // -sum_j t_j log softmax(z)[j]; log_sums [rows]: log of the sum of exp(z).
  void losses(const Problem& problem, float* losses, float* log_sums);

  struct Slopes {
    const float* losses = nullptr;  // [rows] gradient of each loss
    float* states = nullptr;        // [rows, d_model] is set
    float* output = nullptr;        // [vocab, d_model] is added to; null where the weight is frozen
    float* bias = nullptr;          // [entries] is set; only for problems with sparse columns
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
                   const Slopes& slopes) const;
  // The softmax less the target, times the row's weight, where `row` [width] holds the logits of row `at`.
  void make_slope(const Problem& problem, std::int64_t at, const Space& space, float log_sum, const Slopes& slopes,
                  float* row) const;
  // Logits of a part against the packed slab, with what is added to them.
  static Matrix store_logits(const Problem& problem, const Part& part, Space& space);
  // Whether the tile unit's softmax applies: it never stores logits, so nothing can be added to them.
  static bool on_tiles(const Problem& problem);
  void share_labels(const Problem& problem);

  std::vector<Part> parts_;
  std::vector<float> shifts_, lanes_;  // RunningSums of all rows (softmax_tile_kernel.h)
  std::vector<float> label_shares_;    // [rows] of the target, where it is spread
};

}  // namespace p5
