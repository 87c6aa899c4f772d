// Attention heads of a T5 that matter least, taken out of its weights: a smaller model of the same kind, which any
// reader of T5 weights can open. Torch-free; thread-safe: free functions.
//
// What a head adds to the states is W_o W_v norm(x), weighted by its probabilities, so its importance here is the
// Frobenius norm of W_o W_v diag(weight of the norm): pruning by magnitude (Han et al. 2015, "Learning both weights and
// connections for efficient neural networks") of what Elhage et al. 2021 call the OV circuit. It needs no data.
//
// Every layer keeps as many heads, because config.json has one number of heads. All self-attention of a stack keeps the
// same ones, by their importance summed over its layers, because they share their position biases; cross-attention has
// none, and each layer keeps its own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/safetensors.h"
#include "t5/t5_spec.h"

namespace p5 {

// What became of one attention: "encoder.block.0.layer.0.SelfAttention".
struct PrunedAttention {
  std::string name;
  std::vector<double> importance;  // [heads before]
  std::vector<std::int64_t> kept;  // ascending
};

// Leaves `heads` of each attention in the file's tensors, in memory, and in the spec. Throws InvalidArgument (request)
// unless that is at least one and fewer than the model has, Unsupported (model) for a model with a prefix.
std::vector<PrunedAttention> prune_heads(std::int64_t heads, T5Spec& spec, SafetensorsFile& file);

}  // namespace p5
