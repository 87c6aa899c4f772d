#include "export/network_graphs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "export/graph_layers.h"
#include "nn/relative_position.h"
#include "p5/error.h"

namespace p5 {
namespace {

using Sizes = std::vector<std::int64_t>;

class NetworkGraph {
 public:
  NetworkGraph(OnnxGraph& graph, EncoderWeights& weights, const EncoderOptions& options, NetworkInput input)
      : graph_(graph), layers_(graph), weights_(weights), options_(options), input_(std::move(input)) {}

  std::string transformer();
  std::string gated_recurrent();
  std::string lstm();
  std::string caser();
  std::string next_it();
  std::string perceptron();
  std::string autoencoder();

 private:
  static std::string named(const std::string& part) { return "network." + part; }
  std::string affine(const std::string& value, const std::string& name, std::int64_t in, std::int64_t out) {
    return weights_.affine(value, named(name), in, out);
  }
  std::string norm(const std::string& value, const std::string& name) {
    return weights_.norm(value, named(name + "_norm"), options_.width);
  }
  std::string last_of(const std::string& states) {
    return graph_.node("GatherND", {states, input_.last}, {{"batch_dims", std::int64_t{1}}});
  }
  std::string sigmoid(const std::string& value) { return graph_.node("Sigmoid", {value}); }
  // Over the places of a history.
  std::string sum(const std::string& value) {
    return graph_.node("ReduceSum", {value, graph_.integers({1})}, {{"keepdims", std::int64_t{0}}});
  }
  // [batch] float32, 1 for a history without items.
  std::string item_count() { return graph_.node("Max", {sum(input_.kept), graph_.number(1.0f)}); }
  std::string score_bias();
  std::string attend(const std::string& normed, const std::string& layer, const std::string& bias);
  std::string feed_forward(const std::string& normed, const std::string& layer);
  std::string vertical_filters(const std::string& items);
  // A recurrent operator of ONNX, whose gates are those of Torch in the order of their numbers in `gates`.
  std::string recurrent(const char* op, const Sizes& gates, std::vector<OnnxAttribute> attributes);
  std::vector<float> reordered(const std::vector<float>& values, const Sizes& gates, std::int64_t columns) const;
  std::string convolve(const std::string& states, std::int64_t block);

  // Convolution over [batch, channels, length] with zeros before.
  std::string convolve(const std::string& value, const std::string& weight, const std::string& bias, std::int64_t size,
                       std::int64_t dilation) {
    std::vector<std::string> inputs{value, weight};
    if (!bias.empty()) inputs.push_back(bias);
    return graph_.node(
        "Conv", inputs,
        {{"kernel_shape", Sizes{size}}, {"pads", Sizes{(size - 1) * dilation, 0}}, {"dilations", Sizes{dilation}}});
  }

  bool gated() const { return options_.network == EncoderKind::kESasRec; }
  bool causal() const { return options_.network != EncoderKind::kBert4Rec; }

  OnnxGraph& graph_;
  GraphLayers layers_;
  EncoderWeights& weights_;
  const EncoderOptions& options_;
  NetworkInput input_;
};

// [1 or batch, 1 or heads, length, length], as the trained network makes it.
std::string NetworkGraph::score_bias() {
  const std::string places = layers_.range(graph_.scalar(0), layers_.size(input_.vectors, 1));
  const std::string age = graph_.node("Sub", {layers_.unsqueeze(places, {1}), layers_.unsqueeze(places, {0})});
  std::string bias;
  if (causal()) {
    const std::string later = layers_.as_float(graph_.node("Less", {age, graph_.scalar(0)}));
    bias = layers_.multiply(later, graph_.number(kHiddenScore));
  } else {
    const std::string padding = graph_.node("Sub", {graph_.number(1.0f), input_.kept});
    bias = layers_.unsqueeze(layers_.multiply(padding, graph_.number(kHiddenScore)), {1, 2});
  }
  if (options_.positions != EncoderOptions::Positions::kRelative) return bias;
  const std::int64_t distances = causal() ? options_.history : 2 * options_.history - 1;
  const std::string table = weights_.tensor(named("distance_table"), {options_.heads, distances});
  const std::string column =
      causal() ? graph_.node("Max", {age, graph_.scalar(0)}) : layers_.add(age, graph_.scalar(options_.history - 1));
  return layers_.add(graph_.node("Gather", {table, column}, {{"axis", std::int64_t{1}}}), bias);
}

std::string NetworkGraph::attend(const std::string& normed, const std::string& layer, const std::string& bias) {
  const std::int64_t width = options_.width, heads = options_.heads, each = width / heads;
  const auto parts = graph_.nodes("Split", {affine(normed, layer + "query_key_value", width, 3 * width)}, 3,
                                  {{"axis", std::int64_t{-1}}});
  const std::string mixed = layers_.attend({.query = layers_.split_heads(parts[0], heads, each),
                                            .key = layers_.split_heads(parts[1], heads, each),
                                            .value = layers_.split_heads(parts[2], heads, each),
                                            .bias = bias,
                                            .scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(each)))});
  return affine(layers_.join_heads(mixed, heads, each), layer + "output", width, width);
}

std::string NetworkGraph::feed_forward(const std::string& normed, const std::string& layer) {
  const std::int64_t width = options_.width, hidden = options_.feed_forward * width;
  if (!gated()) {
    return affine(layers_.gelu(affine(normed, layer + "hidden", width, hidden)), layer + "result", hidden, width);
  }
  const auto halves =
      graph_.nodes("Split", {affine(normed, layer + "hidden", width, 2 * hidden)}, 2, {{"axis", std::int64_t{-1}}});
  const std::string swish = layers_.multiply(halves[0], sigmoid(halves[0]));
  return affine(layers_.multiply(swish, halves[1]), layer + "result", hidden, width);
}

std::string NetworkGraph::transformer() {
  const std::int64_t width = options_.width;
  std::string states = input_.vectors;
  if (options_.positions == EncoderOptions::Positions::kAbsolute) {
    const std::string table = weights_.tensor(named("place_table"), {options_.history, width});
    const std::string places = layers_.range(graph_.scalar(0), layers_.size(states, 1));
    states = layers_.add(states, graph_.node("Gather", {table, places}));
  }
  const std::string bias = score_bias();
  for (std::int64_t i = 0; i < options_.layers; ++i) {
    const std::string layer = fmt::format("layer{}_", i);
    std::string change = attend(norm(states, layer + "attention"), layer, bias);
    if (gated()) {
      change = layers_.multiply(change, sigmoid(affine(states, layer + "attention_gate", width, width)));
    }
    states = layers_.add(states, change);
    change = feed_forward(norm(states, layer + "hidden"), layer);
    if (gated()) change = layers_.multiply(change, sigmoid(affine(states, layer + "hidden_gate", width, width)));
    states = layers_.add(states, change);
  }
  return last_of(states);
}

// Torch and ONNX have the gates one after the other, each [width, columns], in different orders.
std::vector<float> NetworkGraph::reordered(const std::vector<float>& values, const Sizes& gates,
                                           std::int64_t columns) const {
  const auto block = static_cast<std::ptrdiff_t>(options_.width * columns);
  std::vector<float> ordered;
  for (const std::int64_t gate : gates) {
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(gate) * block;
    ordered.insert(ordered.end(), begin, begin + block);
  }
  return ordered;
}

std::string NetworkGraph::recurrent(const char* op, const Sizes& gates, std::vector<OnnxAttribute> attributes) {
  const std::int64_t width = options_.width, rows = static_cast<std::int64_t>(gates.size()) * width;
  attributes.push_back({"hidden_size", width});
  std::string states = layers_.transpose(input_.vectors, {1, 0, 2});
  for (std::int64_t i = 0; i < options_.layers; ++i) {
    const auto ordered = [&](const char* part, std::int64_t columns) {
      return reordered(weights_.values(named(fmt::format("units.{}_l{}", part, i))), gates, columns);
    };
    std::vector<float> bias = ordered("bias_ih", 1);
    const std::vector<float> second = ordered("bias_hh", 1);
    bias.insert(bias.end(), second.begin(), second.end());
    const auto name = [i](const char* part) { return fmt::format("units_{}_{}", i, part); };
    const std::string made =
        graph_
            .nodes(op,
                   {states, weights_.tensor(name("input"), {1, rows, width}, ordered("weight_ih", width)),
                    weights_.tensor(name("state"), {1, rows, width}, ordered("weight_hh", width)),
                    weights_.tensor(name("bias"), {1, 2 * rows}, std::move(bias))},
                   1, attributes)
            .front();
    states = graph_.node("Squeeze", {made, graph_.integers({1})});
  }
  return affine(last_of(layers_.transpose(states, {1, 0, 2})), "output", width, width);
}

// Torch: reset, update, new; ONNX: update, reset, new.
std::string NetworkGraph::gated_recurrent() {
  return recurrent("GRU", {1, 0, 2}, {{"linear_before_reset", std::int64_t{1}}});
}

// Torch: input, forget, cell, output; ONNX: input, output, forget, cell.
std::string NetworkGraph::lstm() { return recurrent("LSTM", {0, 3, 1, 2}, {}); }

// Each filter weighs the items of a window, the same for every number of the vectors: [batch, length, width * filters].
std::string NetworkGraph::vertical_filters(const std::string& items) {
  constexpr std::int64_t kWindow = 5, kVertical = 4;
  const std::string weight = weights_.tensor(named("vertical_weight"), {kVertical, 1, kWindow});
  const auto shaped = [&](const std::string& value, Sizes first) {
    const std::string shape = graph_.node("Concat", {graph_.integers(std::move(first)), layers_.size_list(items, 2)},
                                          {{"axis", std::int64_t{0}}});
    return graph_.node("Reshape", {value, shape});
  };
  const std::string sums = convolve(shaped(items, {-1, 1}), weight, "", kWindow, 1);
  return layers_.transpose(shaped(sums, {-1, options_.width * kVertical}), {0, 2, 1});
}

std::string NetworkGraph::caser() {
  constexpr std::int64_t kWindow = 5, kHorizontal = 16, kVertical = 4;
  const std::int64_t width = options_.width;
  const std::string items = layers_.transpose(input_.vectors, {0, 2, 1});
  std::vector<std::string> found;
  for (std::int64_t height = 1; height <= kWindow; ++height) {
    const std::string name = named(fmt::format("horizontal{}_", height));
    const std::string match =
        graph_.node("Relu", {convolve(items, weights_.tensor(name + "weight", {kHorizontal, width, height}),
                                      weights_.tensor(name + "bias", {kHorizontal}), height, 1)});
    const std::int64_t places = kWindow - height + 1;
    const std::string best = graph_.node(
        "MaxPool", {match}, {{"kernel_shape", Sizes{places}}, {"pads", Sizes{places - 1, 0}}, {"strides", Sizes{1}}});
    found.push_back(layers_.transpose(best, {0, 2, 1}));
  }
  found.push_back(vertical_filters(items));
  const std::string all = graph_.node("Concat", found, {{"axis", std::int64_t{-1}}});
  const std::int64_t features = kWindow * kHorizontal + kVertical * width;
  return graph_.node("Relu", {affine(last_of(all), "output", features, width)});
}

std::string NetworkGraph::convolve(const std::string& states, std::int64_t block) {
  constexpr std::int64_t kItems = 3;
  const std::string name = fmt::format("block{}", block);
  const std::int64_t width = options_.width, dilation = std::int64_t{1} << (block % 4);
  const std::string made =
      convolve(layers_.transpose(states, {0, 2, 1}), weights_.tensor(named(name + "_weight"), {width, width, kItems}),
               weights_.tensor(named(name + "_bias"), {width}), kItems, dilation);
  return graph_.node("Relu", {norm(layers_.transpose(made, {0, 2, 1}), name)});
}

std::string NetworkGraph::next_it() {
  std::string states = input_.vectors;
  for (std::int64_t i = 0; i < 2 * options_.layers; i += 2) {
    states = layers_.add(states, convolve(convolve(states, i), i + 1));
  }
  return last_of(states);
}

// The newest item, and the mean of all.
std::string NetworkGraph::perceptron() {
  const std::string mean = graph_.node("Div", {sum(input_.vectors), layers_.unsqueeze(item_count(), {1})});
  std::string state = graph_.node("Concat", {last_of(input_.vectors), mean}, {{"axis", std::int64_t{-1}}});
  std::int64_t in = 2 * options_.width;
  for (std::int64_t i = 0; i < options_.layers; ++i) {
    const std::int64_t hidden = options_.feed_forward * options_.width;
    state = graph_.node("Relu", {affine(state, fmt::format("hidden{}", i), in, hidden)});
    in = hidden;
  }
  return affine(state, "output", in, options_.width);
}

// Mult-VAE's code without a draw is its mean.
std::string NetworkGraph::autoencoder() {
  const std::int64_t width = options_.width, hidden = options_.feed_forward * width;
  const std::string norm = layers_.unsqueeze(graph_.node("Sqrt", {item_count()}), {1});
  const std::string bag = graph_.node("Div", {sum(input_.vectors), norm});
  const std::string first = graph_.node("Tanh", {affine(bag, "hidden", width, hidden)});
  const std::string code = affine(first, "mean", hidden, width);
  return affine(graph_.node("Tanh", {affine(code, "decoded", width, hidden)}), "output", hidden, width);
}

}  // namespace

std::string network_state(OnnxGraph& graph, EncoderWeights& weights, const EncoderOptions& options,
                          const NetworkInput& input) {
  NetworkGraph network(graph, weights, options, input);
  switch (options.network) {
    case EncoderKind::kSasRec:
    case EncoderKind::kESasRec:
    case EncoderKind::kBert4Rec:
      return network.transformer();
    case EncoderKind::kGru4Rec:
      return network.gated_recurrent();
    case EncoderKind::kLstm:
      return network.lstm();
    case EncoderKind::kCaser:
      return network.caser();
    case EncoderKind::kNextItNet:
      return network.next_it();
    case EncoderKind::kMlp:
      return network.perceptron();
    case EncoderKind::kMultDae:
    case EncoderKind::kMultVae:
      return network.autoencoder();
  }
  throw Error(ErrorCode::kInternal, ErrorSubject::kModel, "this network has no ONNX graph",
              {.where = "encoder.network", .got = std::string(encoder_row(options.network).name)});
}

}  // namespace p5
