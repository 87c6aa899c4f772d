// The sum of gradients over processes, bucket by bucket, while the backward pass still runs (Li et al., "PyTorch
// Distributed", VLDB 2020). A bucket is a part of the flat gradient, from its end on, since the last layers' gradients
// come first; its sum begins once all its parameters have theirs, and all processes begin them in the same order.
// Not thread-safe.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>

#include "train/collective_module.h"
#include "train/flat_parameters_module.h"

namespace p5 {

class GradientBuckets {
 public:
  // Values [own_begin, own_end) of the gradient are this process's own and are not summed. The group must outlive this.
  GradientBuckets(const FlatParameters& parameters, Collective& group, std::int64_t own_begin, std::int64_t own_end);
  ~GradientBuckets();
  GradientBuckets(const GradientBuckets&) = delete;
  GradientBuckets& operator=(const GradientBuckets&) = delete;

  // The next backward pass is the last one of a step.
  void begin();
  // Begins the sums that have not begun, and waits for all.
  void finish();
  std::int64_t count() const;
  // Of the last step: sums that began before finish() did.
  std::int64_t begun_early() const;

 private:
  struct State;
  std::shared_ptr<State> state_;  // of the hooks, too
};

}  // namespace p5
