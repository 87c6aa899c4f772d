// What training a model takes at the least, by formula: nothing is allocated to find out. Thread-safe.
#pragma once

#include <cstdint>

#include "model/model_spec.h"

namespace p5 {

// Bytes. Doubles, because the sizes that this is asked about may be absurd.
struct TrainingMemory {
  double state = 0;        // weights, their gradient, the optimizer's buffers and the best weights so far
  double activations = 0;  // of one batch
  double total() const { return state + activations; }
};

// `optimizer_buffers`: values that the optimizer keeps a weight (adam 2, sgd 1). A floor: of the states between layers
// it counts those that any backward pass needs, and neither logits nor attention scores, which fused kernels never
// hold.
TrainingMemory training_memory(const ModelSpec& spec, std::int64_t optimizer_buffers, std::int64_t batch_tokens);

}  // namespace p5
