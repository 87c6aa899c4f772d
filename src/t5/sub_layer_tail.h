// SubLayerTailModule (nn/sub_layer_tail_module.h) for evaluation on the CPU, without LibTorch. Read by many threads at
// once; each has its own Workspace.
#pragma once

#include <cstdint>
#include <vector>

#include "nn/matrix_product.h"

namespace p5 {

class SubLayerTail {
 public:
  struct Weights {
    std::int64_t d_model = 0;
    std::vector<float> down, down_bias, up, up_bias;  // empty: no bottleneck
    std::vector<float> bias;                          // empty: none
  };
  struct Workspace {
    AlignedFloats before, change, hidden;
    LeftFactor left;
  };

  SubLayerTail() = default;  // does nothing
  explicit SubLayerTail(Weights weights);

  // Before the sub-layer changes states [rows, d_model] in place.
  void begin(std::int64_t rows, const float* states, Workspace& workspace) const;
  // After it has.
  void end(std::int64_t rows, float* states, Workspace& workspace) const;

 private:
  bool has_bottleneck() const { return !weights_.down_bias.empty(); }

  Weights weights_;
  RightFactor down_, up_;
};

}  // namespace p5
