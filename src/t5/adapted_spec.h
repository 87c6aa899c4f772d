// The shape of a T5 that is fine-tuned by an adapter. Torch-free; thread-safe: a free function.
#pragma once

#include "model/adapter_options.h"
#include "t5/t5_spec.h"

namespace p5 {

// The spec with room for prompt vectors, prefixes, bottlenecks or biases, where the method has them.
T5Spec adapted_spec(const AdapterOptions& options, T5Spec spec);

}  // namespace p5
