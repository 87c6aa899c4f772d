// A computation as ONNX says it: typed inputs and outputs with named sizes, weights, and nodes in the order of their
// dependence. Made node by node, then written to a file (onnx/onnx_file.h). Operators are those of opset 17. Not
// thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace p5 {

// Numbers of onnx.TensorProto.DataType.
enum class OnnxType : std::int32_t { kFloat = 1, kInt64 = 7, kBool = 9 };

// A size, or the name of one that each call may choose: "batch".
using OnnxSize = std::variant<std::int64_t, std::string>;

struct OnnxValue {
  std::string name;
  OnnxType type = OnnxType::kFloat;
  std::vector<OnnxSize> shape;
};

struct OnnxTensor {
  std::string name;
  OnnxType type = OnnxType::kFloat;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;  // row-major, little-endian
};

struct OnnxAttribute {
  std::string name;
  std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>> value;
};

struct OnnxNode {
  std::string op;
  std::vector<std::string> inputs, outputs;
  std::vector<OnnxAttribute> attributes;
};

class OnnxGraph {
 public:
  explicit OnnxGraph(std::string name) : name_(std::move(name)) {}
  OnnxGraph(OnnxGraph&&) = default;
  OnnxGraph& operator=(OnnxGraph&&) = default;

  // All return the name of the value, for the inputs of nodes.
  std::string input(OnnxValue value);
  std::string weight(std::string name, std::vector<std::int64_t> shape, std::vector<float> values);
  // The same without a copy: `bytes` are float32 and must live until the graph is written.
  std::string borrowed_weight(std::string name, std::vector<std::int64_t> shape, std::span<const std::byte> bytes);
  std::string integers(std::vector<std::int64_t> values);                                   // [values]
  std::string integers(std::vector<std::int64_t> shape, std::vector<std::int64_t> values);  // of any shape
  std::string scalar(std::int64_t value);                                                   // []
  std::string number(float value);                                                          // []
  // The only output of a node.
  std::string node(std::string op, std::vector<std::string> inputs, std::vector<OnnxAttribute> attributes = {});
  // The outputs of a node that has several.
  std::vector<std::string> nodes(std::string op, std::vector<std::string> inputs, std::size_t outputs,
                                 std::vector<OnnxAttribute> attributes = {});
  // Makes `value` an output of the graph.
  void output(const std::string& value, OnnxValue as);

  const std::string& name() const { return name_; }
  const std::vector<OnnxValue>& inputs() const { return inputs_; }
  const std::vector<OnnxValue>& outputs() const { return outputs_; }
  const std::vector<OnnxTensor>& tensors() const { return tensors_; }
  const std::vector<OnnxNode>& nodes() const { return nodes_; }

 private:
  template <typename T>
  std::string own(std::string name, OnnxType type, std::vector<std::int64_t> shape, std::deque<std::vector<T>>& kept,
                  std::vector<T> values);
  std::string fresh(const std::string& op);

  std::string name_;
  std::vector<OnnxValue> inputs_, outputs_;
  std::vector<OnnxTensor> tensors_;
  std::vector<OnnxNode> nodes_;
  std::deque<std::vector<float>> floats_;
  std::deque<std::vector<std::int64_t>> integers_;
  std::size_t made_ = 0;
};

}  // namespace p5
