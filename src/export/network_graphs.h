// The networks of sequence encoders (src/encoders) as ONNX nodes: from the vectors of a history's items to the state
// that scores the next item. Thread-safe: a free function; it adds to a graph.
#pragma once

#include <string>

#include "encoders/encoder_options.h"
#include "export/encoder_weights.h"
#include "onnx/onnx_graph.h"

namespace p5 {

struct NetworkInput {
  std::string vectors;  // [batch, length, width]; zero at padding, which comes after the items
  std::string kept;     // [batch, length] float32: 1, or 0 at padding
  std::string last;     // [batch, 1] int64: the place of the state that is wanted
};

// [batch, width]; the norm after the network is left to the caller.
std::string network_state(OnnxGraph& graph, EncoderWeights& weights, const EncoderOptions& options,
                          const NetworkInput& input);

}  // namespace p5
