// The trained weights of an encoder by name, as tensors of a graph. Not thread-safe: it adds to a graph.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "encoders/encoder_source.h"
#include "export/graph_layers.h"
#include "onnx/onnx_graph.h"

namespace p5 {

class EncoderWeights {
 public:
  EncoderWeights(OnnxGraph& graph, const EncoderSource& source);

  // Throw Internal for a weight that the encoder does not have, or that has another size.
  const std::vector<float>& values(const std::string& name) const;
  std::string tensor(const std::string& name, std::vector<std::int64_t> shape);
  // A part of a weight, under a name of its own.
  std::string tensor(const std::string& name, std::vector<std::int64_t> shape, std::vector<float> values);
  // x W^T + b of NAME_weight [out, in] and NAME_bias [out].
  std::string affine(const std::string& value, const std::string& name, std::int64_t in, std::int64_t out);
  // LayerNorm over the last axis by NAME_weight and NAME_bias [width].
  std::string norm(const std::string& value, const std::string& name, std::int64_t width);

 private:
  OnnxGraph& graph_;
  GraphLayers layers_;
  std::map<std::string, std::vector<float>> values_;
};

}  // namespace p5
