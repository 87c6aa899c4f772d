// Forward and backward passes of a T5 as a GPU likes them. Batches are brought to a few shapes (t5/fixed_batch.h); the
// second pass of a shape is recorded, and later ones are replayed: one launch for hundreds of small kernels, which a
// host launches slower than a GPU does them. On the CPU passes are of fixed shapes too, but not recorded. Not
// thread-safe.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <list>
#include <memory>

#include "model/trainable_module.h"
#include "nn/device_graph_module.h"
#include "t5/fixed_batch_module.h"
#include "t5/t5_module.h"
#include "text/token_batch.h"

namespace p5 {

class GraphedPasses {
 public:
  // Module and spec must outlive the object. REQUIRES gradients of the module's trained parameters, to which passes
  // add; recorded ones are those of the parameters, of their gradients and of the module's mode at that time.
  GraphedPasses(T5Module& module, const T5Spec& spec, torch::Device device, bool bfloat16);

  // As TrainableModel::add_gradients().
  TrainingPass add_gradients(const TokenBatch& batch);

  // Whether it can go on with these products and the module's present gradients.
  bool fits(bool bfloat16) const;
  std::int64_t recorded() const;  // shapes

 private:
  struct Shape {
    Shape(const FixedShape& shape, torch::Device device) : tensors(shape, device) {}
    FixedTensors tensors;
    std::int64_t passes = 0;
    torch::Tensor numbers;  // [1 + rows]: the weighted sum of losses and the mean loss of each row
    std::unique_ptr<DeviceGraph> graph;
  };
  Shape& place_for(const FixedShape& shape);
  torch::Tensor run(const FixedTensors& tensors);
  torch::Tensor pass(Shape& shape);

  T5Module& module_;
  const T5Spec& spec_;
  torch::Device device_;
  bool bfloat16_;
  torch::Tensor first_;    // of the trained parameters that have a gradient; undefined: none
  const void* gradients_;  // where its gradient is
  DeviceGraphs graphs_;
  torch::Tensor host_;                        // what the device copies batches from; each pass waits for the one before
  std::list<std::unique_ptr<Shape>> shapes_;  // used last first
};

}  // namespace p5
