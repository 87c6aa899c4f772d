#include "onnx/onnx_graph.h"

#include <cassert>

namespace p5 {

template <typename T>
std::string OnnxGraph::own(std::string name, OnnxType type, std::vector<std::int64_t> shape,
                           std::deque<std::vector<T>>& kept, std::vector<T> values) {
  std::int64_t size = 1;
  for (const std::int64_t one : shape) size *= one;
  assert(size == static_cast<std::int64_t>(values.size()));
  (void)size;
  const std::vector<T>& owned = kept.emplace_back(std::move(values));
  tensors_.push_back({name, type, std::move(shape), std::as_bytes(std::span(owned))});
  return name;
}

std::string OnnxGraph::fresh(const std::string& op) { return op + "_" + std::to_string(++made_); }

std::string OnnxGraph::input(OnnxValue value) {
  inputs_.push_back(std::move(value));
  return inputs_.back().name;
}

std::string OnnxGraph::weight(std::string name, std::vector<std::int64_t> shape, std::vector<float> values) {
  return own(std::move(name), OnnxType::kFloat, std::move(shape), floats_, std::move(values));
}

std::string OnnxGraph::borrowed_weight(std::string name, std::vector<std::int64_t> shape,
                                       std::span<const std::byte> bytes) {
  tensors_.push_back({name, OnnxType::kFloat, std::move(shape), bytes});
  return name;
}

std::string OnnxGraph::integers(std::vector<std::int64_t> values) {
  const auto size = static_cast<std::int64_t>(values.size());
  return integers({size}, std::move(values));
}

std::string OnnxGraph::integers(std::vector<std::int64_t> shape, std::vector<std::int64_t> values) {
  return own(fresh("integers"), OnnxType::kInt64, std::move(shape), integers_, std::move(values));
}

std::string OnnxGraph::scalar(std::int64_t value) { return integers({}, std::vector<std::int64_t>{value}); }

std::string OnnxGraph::number(float value) {
  return own(fresh("number"), OnnxType::kFloat, {}, floats_, std::vector<float>{value});
}

std::string OnnxGraph::node(std::string op, std::vector<std::string> inputs, std::vector<OnnxAttribute> attributes) {
  return nodes(std::move(op), std::move(inputs), 1, std::move(attributes)).front();
}

std::vector<std::string> OnnxGraph::nodes(std::string op, std::vector<std::string> inputs, std::size_t outputs,
                                          std::vector<OnnxAttribute> attributes) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < outputs; ++i) names.push_back(fresh(op));
  nodes_.push_back({std::move(op), std::move(inputs), names, std::move(attributes)});
  return names;
}

void OnnxGraph::output(const std::string& value, OnnxValue as) {
  nodes_.push_back({"Identity", {value}, {as.name}, {}});
  outputs_.push_back(std::move(as));
}

}  // namespace p5
