// A FixedBatch as tensors, and the loss of a T5 over it without a question to the device: what a GPU trains by. Not
// thread-safe.
#pragma once

#include <torch/torch.h>

#include <cstdint>

#include "nn/blocked_cross_entropy_module.h"
#include "t5/fixed_batch.h"
#include "t5/t5_module.h"

namespace p5 {

// The arrays of batches of one shape, always in the same memory of the device: one buffer, filled by one copy.
class FixedTensors {
 public:
  FixedTensors(const FixedShape& shape, torch::Device device);
  // REQUIRES a batch of this shape. `host` [numbers] int32 is memory that the device reads while the copy runs in the
  // current stream; it grows where it is too small, and serves all shapes.
  void take(const FixedBatch& batch, torch::Tensor& host);

  const FixedShape& shape() const { return shape_; }
  struct Loss {
    torch::Tensor sum;   // scalar with its graph: of the weighted losses of labels
    torch::Tensor rows;  // [rows] the mean loss of the labels of each row, detached
  };
  Loss loss(T5Module& module, const T5Spec& spec) const;

 private:
  torch::Tensor integers(std::size_t field) const;  // int64
  torch::Tensor numbers(std::size_t field) const;   // float32
  LabelWorld world(const T5Module& module, std::int64_t vocab) const;

  FixedShape shape_;
  std::vector<std::int64_t> offsets_;  // of the fields, in the order of FixedBatch
  torch::Tensor device_;               // [numbers] int32
};

}  // namespace p5
