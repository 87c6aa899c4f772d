#include "export/graph_layers.h"

#include <numbers>
#include <utility>

namespace p5 {
namespace {

using Sizes = std::vector<std::int64_t>;

}  // namespace

std::vector<float> transposed(const std::vector<float>& weight, std::int64_t rows, std::int64_t columns) {
  std::vector<float> turned(weight.size());
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t column = 0; column < columns; ++column) {
      turned[static_cast<std::size_t>(column * rows + row)] = weight[static_cast<std::size_t>(row * columns + column)];
    }
  }
  return turned;
}

std::string GraphLayers::as_float(const std::string& value) {
  return graph_.node("Cast", {value}, {{"to", static_cast<std::int64_t>(OnnxType::kFloat)}});
}

std::string GraphLayers::as_integer(const std::string& value) {
  return graph_.node("Cast", {value}, {{"to", static_cast<std::int64_t>(OnnxType::kInt64)}});
}

std::string GraphLayers::unsqueeze(const std::string& value, std::vector<std::int64_t> axes) {
  return graph_.node("Unsqueeze", {value, graph_.integers(std::move(axes))});
}

std::string GraphLayers::transpose(const std::string& value, std::vector<std::int64_t> order) {
  return graph_.node("Transpose", {value}, {{"perm", std::move(order)}});
}

std::string GraphLayers::reshape(const std::string& value, std::vector<std::int64_t> shape) {
  return graph_.node("Reshape", {value, graph_.integers(std::move(shape))});
}

std::string GraphLayers::size(const std::string& value, std::int64_t axis) {
  return graph_.node("Gather", {graph_.node("Shape", {value}), graph_.scalar(axis)}, {{"axis", std::int64_t{0}}});
}

std::string GraphLayers::size_list(const std::string& value, std::int64_t axis) {
  return graph_.node("Gather", {graph_.node("Shape", {value}), graph_.integers({axis})}, {{"axis", std::int64_t{0}}});
}

std::string GraphLayers::range(const std::string& begin, const std::string& end) {
  return graph_.node("Range", {begin, end, graph_.scalar(1)});
}

std::string GraphLayers::split_heads(const std::string& value, std::int64_t heads, std::int64_t each) {
  return transpose(reshape(value, {0, 0, heads, each}), {0, 2, 1, 3});
}

std::string GraphLayers::join_heads(const std::string& value, std::int64_t heads, std::int64_t each) {
  return reshape(transpose(value, {0, 2, 1, 3}), {0, 0, heads * each});
}

std::string GraphLayers::attend(const Attention& attention) {
  std::string scores = product(attention.query, transpose(attention.key, {0, 1, 3, 2}));
  if (attention.scale != 1.0f) scores = multiply(scores, graph_.number(attention.scale));
  if (!attention.bias.empty()) scores = add(scores, attention.bias);
  return product(graph_.node("Softmax", {scores}, {{"axis", std::int64_t{-1}}}), attention.value);
}

std::string GraphLayers::rms_norm(const std::string& value, const std::string& weight, float epsilon) {
  const std::string mean =
      graph_.node("ReduceMean", {multiply(value, value)}, {{"axes", Sizes{-1}}, {"keepdims", std::int64_t{1}}});
  const std::string root = graph_.node("Sqrt", {add(mean, graph_.number(epsilon))});
  return multiply(graph_.node("Div", {value, root}), weight);
}

// x (1 + erf(x / sqrt(2))) / 2
std::string GraphLayers::gelu(const std::string& value) {
  const std::string part =
      graph_.node("Erf", {multiply(value, graph_.number(static_cast<float>(1.0 / std::numbers::sqrt2)))});
  return multiply(multiply(value, graph_.number(0.5f)), add(part, graph_.number(1.0f)));
}

// x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2
std::string GraphLayers::gelu_tanh(const std::string& value) {
  const auto slope = static_cast<float>(std::numbers::sqrt2 * std::numbers::inv_sqrtpi);
  const std::string cube = multiply(multiply(value, value), value);
  const std::string inner = multiply(add(value, multiply(cube, graph_.number(0.044715f))), graph_.number(slope));
  return multiply(multiply(value, graph_.number(0.5f)), add(graph_.node("Tanh", {inner}), graph_.number(1.0f)));
}

}  // namespace p5
