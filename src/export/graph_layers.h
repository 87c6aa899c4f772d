// Layers that several exported graphs have, as ONNX nodes. Values are named by what OnnxGraph returns; layouts are
// [batch, length, width] unless said otherwise. Not thread-safe: they add to a graph.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "onnx/onnx_graph.h"

namespace p5 {

// [out, in] row-major to [in, out], which is how MatMul takes a weight.
std::vector<float> transposed(const std::vector<float>& weight, std::int64_t rows, std::int64_t columns);

class GraphLayers {
 public:
  explicit GraphLayers(OnnxGraph& graph) : graph_(graph) {}

  std::string add(const std::string& a, const std::string& b) { return graph_.node("Add", {a, b}); }
  std::string multiply(const std::string& a, const std::string& b) { return graph_.node("Mul", {a, b}); }
  std::string product(const std::string& a, const std::string& b) { return graph_.node("MatMul", {a, b}); }
  std::string as_float(const std::string& value);
  std::string as_integer(const std::string& value);
  std::string unsqueeze(const std::string& value, std::vector<std::int64_t> axes);
  std::string transpose(const std::string& value, std::vector<std::int64_t> order);
  std::string reshape(const std::string& value, std::vector<std::int64_t> shape);
  // The size of one axis, as a number or as a list of one.
  std::string size(const std::string& value, std::int64_t axis);
  std::string size_list(const std::string& value, std::int64_t axis);
  std::string range(const std::string& begin, const std::string& end);  // [end - begin] int64
  // [batch, length, heads * each] to [batch, heads, length, each], and back.
  std::string split_heads(const std::string& value, std::int64_t heads, std::int64_t each);
  std::string join_heads(const std::string& value, std::int64_t heads, std::int64_t each);
  // softmax(query key^T * scale + bias) value; all [batch, heads, length, each].
  struct Attention {
    std::string query, key, value;
    std::string bias = {};  // added to the scores; empty: none
    float scale = 1.0f;
  };
  std::string attend(const Attention& attention);
  std::string rms_norm(const std::string& value, const std::string& weight, float epsilon);
  std::string gelu(const std::string& value);       // exact, by the error function
  std::string gelu_tanh(const std::string& value);  // T5 1.1's form

 private:
  OnnxGraph& graph_;
};

}  // namespace p5
