#include "export/t5_graphs.h"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "export/graph_layers.h"
#include "nn/relative_position.h"
#include "p5/error.h"
#include "t5/tensor_names.h"

namespace p5 {
namespace {

using Direction = RelativePositionOptions::Direction;

std::string cache_name(const char* kind, std::int64_t layer, const char* side, const char* part) {
  return std::string(kind) + "." + std::to_string(layer) + "." + side + "." + part;
}

// What both graphs are built with.
class T5GraphBuilder {
 public:
  T5GraphBuilder(OnnxGraph& graph, const T5Spec& spec, const SafetensorsFile& weights)
      : graph_(graph), layers_(graph), spec_(spec), weights_(weights) {}

  GraphLayers& layers() { return layers_; }

  // As it is stored.
  std::string table(std::string_view name) {
    const TensorRecord& record = at(name);
    if (record.type == TensorType::kF32) return graph_.borrowed_weight(std::string(name), record.shape, record.bytes);
    return graph_.weight(std::string(name), record.shape, floats(name));
  }

  // x W^T of a weight [out, in].
  std::string linear(const std::string& value, const std::string& name) {
    const TensorRecord& record = at(name);
    const std::int64_t out = record.shape[0], in = record.shape[1];
    return layers_.product(value, graph_.weight(name, {in, out}, transposed(floats(name), out, in)));
  }

  std::string heads(const std::string& value, const std::string& name) {
    return layers_.split_heads(linear(value, name), spec_.num_heads, spec_.d_kv);
  }

  std::string norm(const std::string& value, const std::string& name) {
    return layers_.rms_norm(value, table(name), static_cast<float>(spec_.layer_norm_epsilon));
  }

  std::string attention(const GraphLayers::Attention& attention, const std::string& output_name) {
    return linear(layers_.join_heads(layers_.attend(attention), spec_.num_heads, spec_.d_kv), output_name);
  }

  // states + feed_forward(norm(states))
  std::string feed_forward(const std::string& states, const std::string& layer) {
    const std::string normed = norm(states, layer + "layer_norm.weight");
    const std::string dense = layer + "DenseReluDense.";
    std::string hidden;
    if (spec_.feed_forward_proj == "gated-gelu") {
      hidden = layers_.multiply(layers_.gelu_tanh(linear(normed, dense + "wi_0.weight")),
                                linear(normed, dense + "wi_1.weight"));
    } else {
      hidden = graph_.node("Relu", {linear(normed, dense + "wi.weight")});
    }
    return layers_.add(states, linear(hidden, dense + "wo.weight"));
  }

  // [1, 1, 1, length] or [rows, 1, 1, length]: what hides padding, of a mask int64 [rows, length].
  std::string hidden_of(const std::string& mask) {
    const std::string padding = graph_.node("Sub", {graph_.number(1.0f), layers_.as_float(mask)});
    return layers_.unsqueeze(layers_.multiply(padding, graph_.number(kHiddenScore)), {1, 2});
  }

  // [1, heads, queries, keys]: the numbers of distances = key - query, int64 [queries, keys]. Beyond the greatest
  // distance all share a bucket, so that a table of all others says everything.
  std::string position_bias(const std::string& stack, const std::string& distances, Direction direction) {
    const RelativePositionOptions options{.buckets = spec_.relative_attention_num_buckets,
                                          .max_distance = spec_.relative_attention_max_distance,
                                          .heads = spec_.num_heads,
                                          .direction = direction};
    const std::vector<float> learnt = floats(stack + ".block.0.layer.0.SelfAttention.relative_attention_bias.weight");
    const std::int64_t most = options.max_distance;
    const std::int64_t after = direction == Direction::kBidirectional ? most : 0;
    std::vector<float> by_distance;
    for (std::int64_t distance = -most; distance <= after; ++distance) {
      const auto bucket = static_cast<std::size_t>(relative_position_bucket(distance, options));
      for (std::size_t head = 0; head < static_cast<std::size_t>(options.heads); ++head) {
        by_distance.push_back(learnt[bucket * static_cast<std::size_t>(options.heads) + head]);
      }
    }
    const std::string known =
        graph_.weight(stack + ".position_bias", {most + after + 1, options.heads}, std::move(by_distance));
    const std::string near = graph_.node("Clip", {distances, graph_.scalar(-most), graph_.scalar(after)});
    const std::string rows = layers_.add(near, graph_.scalar(most));
    return layers_.unsqueeze(layers_.transpose(graph_.node("Gather", {known, rows}), {2, 0, 1}), {0});
  }

  // key - query, int64 [queries, keys], of positions int64 [queries] and [keys].
  std::string distances(const std::string& queries, const std::string& keys) {
    return graph_.node("Sub", {layers_.unsqueeze(keys, {0}), layers_.unsqueeze(queries, {1})});
  }

 private:
  const TensorRecord& at(std::string_view name) const {
    const TensorRecord* record = weights_.find(name);
    if (record == nullptr) {
      throw model_error("a tensor is missing", {.where = weights_.path().string(), .expected = std::string(name)});
    }
    return *record;
  }

  std::vector<float> floats(std::string_view name) const {
    const TensorRecord& record = at(name);
    std::vector<float> values(static_cast<std::size_t>(record.element_count()));
    copy_as_float(record, values);
    return values;
  }

  OnnxGraph& graph_;
  GraphLayers layers_;
  const T5Spec& spec_;
  const SafetensorsFile& weights_;
};

std::string block_name(const char* stack, std::int64_t block, int layer) {
  return std::string(stack) + ".block." + std::to_string(block) + ".layer." + std::to_string(layer) + ".";
}

std::string embedded_sources(OnnxGraph& graph, T5GraphBuilder& build, const T5Spec& spec,
                             const SafetensorsFile& weights) {
  const std::string tokens = graph.input({"input_ids", OnnxType::kInt64, {"batch", "source"}});
  graph.input({"attention_mask", OnnxType::kInt64, {"batch", "source"}});
  const std::string states = graph.node("Gather", {build.table(kSharedName), tokens});
  if (spec.whole_word_rows == 0 || weights.find(kWholeWordName) == nullptr) return states;
  const std::string words = graph.input({"whole_word_ids", OnnxType::kInt64, {"batch", "source"}});
  return build.layers().add(states, graph.node("Gather", {build.table(kWholeWordName), words}));
}

// Keys and values of cross-attention do not change between steps.
void add_cross_outputs(OnnxGraph& graph, T5GraphBuilder& build, const T5Spec& spec, const std::string& encoded) {
  const std::vector<OnnxSize> shape{"batch", spec.num_heads, "source", spec.d_kv};
  for (std::int64_t layer = 0; layer < spec.num_decoder_layers; ++layer) {
    const std::string cross = block_name("decoder", layer, 1) + "EncDecAttention.";
    graph.output(build.heads(encoded, cross + "k.weight"),
                 {cache_name("present", layer, "encoder", "key"), OnnxType::kFloat, shape});
    graph.output(build.heads(encoded, cross + "v.weight"),
                 {cache_name("present", layer, "encoder", "value"), OnnxType::kFloat, shape});
  }
}

struct LayerCache {
  std::string key, value, cross_key, cross_value;
};

std::vector<LayerCache> cache_inputs(OnnxGraph& graph, const T5Spec& spec) {
  std::vector<LayerCache> caches;
  for (std::int64_t layer = 0; layer < spec.num_decoder_layers; ++layer) {
    const auto input = [&](const char* side, const char* part, const char* length) {
      return graph.input({cache_name("past_key_values", layer, side, part),
                          OnnxType::kFloat,
                          {"rows", spec.num_heads, length, spec.d_kv}});
    };
    LayerCache& cache = caches.emplace_back();
    cache.key = input("decoder", "key", "past");
    cache.value = input("decoder", "value", "past");
    cache.cross_key = input("encoder", "key", "source");
    cache.cross_value = input("encoder", "value", "source");
  }
  return caches;
}

// What the last layer says of every token of the vocabulary. Gemm takes the table as it is stored, [vocabulary,
// d_model].
std::string logits_of(OnnxGraph& graph, T5GraphBuilder& build, const T5Spec& spec, const std::string& states,
                      const std::string& shared, const std::string& tokens) {
  GraphLayers& layers = build.layers();
  std::string decoded = build.norm(states, "decoder.final_layer_norm.weight");
  if (spec.scale_decoder_outputs) {
    const auto scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(spec.d_model)));
    decoded = layers.multiply(decoded, graph.number(scale));
  }
  const std::string matrix = spec.tie_word_embeddings ? shared : build.table(kLmHeadName);
  const std::string flat =
      graph.node("Gemm", {layers.reshape(decoded, {-1, spec.d_model}), matrix}, {{"transB", std::int64_t{1}}});
  const std::string shape = graph.node("Concat", {graph.node("Shape", {tokens}), graph.integers({spec.vocab_size})},
                                       {{"axis", std::int64_t{0}}});
  return graph.node("Reshape", {flat, shape});
}

}  // namespace

OnnxGraph t5_encoder_graph(const T5Spec& spec, const SafetensorsFile& weights) {
  OnnxGraph graph("p5_encoder");
  T5GraphBuilder build(graph, spec, weights);
  std::string states = embedded_sources(graph, build, spec, weights);
  GraphLayers& layers = build.layers();
  const std::string places = layers.range(graph.scalar(0), layers.size("input_ids", 1));
  const std::string bias =
      layers.add(build.position_bias("encoder", build.distances(places, places), Direction::kBidirectional),
                 build.hidden_of("attention_mask"));
  for (std::int64_t block = 0; block < spec.num_layers; ++block) {
    const std::string layer = block_name("encoder", block, 0), self = layer + "SelfAttention.";
    const std::string normed = build.norm(states, layer + "layer_norm.weight");
    states = layers.add(states, build.attention({.query = build.heads(normed, self + "q.weight"),
                                                 .key = build.heads(normed, self + "k.weight"),
                                                 .value = build.heads(normed, self + "v.weight"),
                                                 .bias = bias},
                                                self + "o.weight"));
    states = build.feed_forward(states, block_name("encoder", block, 1));
  }
  const std::string encoded = build.norm(states, "encoder.final_layer_norm.weight");
  graph.output(encoded, {"last_hidden_state", OnnxType::kFloat, {"batch", "source", spec.d_model}});
  add_cross_outputs(graph, build, spec, encoded);
  return graph;
}

OnnxGraph t5_decoder_graph(const T5Spec& spec, const SafetensorsFile& weights) {
  OnnxGraph graph("p5_decoder");
  T5GraphBuilder build(graph, spec, weights);
  GraphLayers& layers = build.layers();
  const std::string tokens = graph.input({"input_ids", OnnxType::kInt64, {"rows", "steps"}});
  graph.input({"encoder_attention_mask", OnnxType::kInt64, {"rows", "source"}});
  const std::vector<LayerCache> caches = cache_inputs(graph, spec);
  const std::string shared = build.table(kSharedName);
  std::string states = graph.node("Gather", {shared, tokens});

  const std::string past = layers.size(caches.front().key, 2);
  const std::string end = layers.add(past, layers.size(tokens, 1));
  const std::string distances = build.distances(layers.range(past, end), layers.range(graph.scalar(0), end));
  const std::string later = layers.as_float(graph.node("Greater", {distances, graph.scalar(0)}));
  const std::string bias = layers.add(build.position_bias("decoder", distances, Direction::kCausal),
                                      layers.multiply(later, graph.number(kHiddenScore)));
  const std::string cross_bias = build.hidden_of("encoder_attention_mask");
  for (std::int64_t block = 0; block < spec.num_decoder_layers; ++block) {
    const LayerCache& cache = caches[static_cast<std::size_t>(block)];
    const std::string layer = block_name("decoder", block, 0), self = layer + "SelfAttention.";
    const std::string normed = build.norm(states, layer + "layer_norm.weight");
    const auto grown = [&](const std::string& before, const char* part) {
      const std::string name = part == std::string_view("key") ? "k.weight" : "v.weight";
      const std::string all =
          graph.node("Concat", {before, build.heads(normed, self + name)}, {{"axis", std::int64_t{2}}});
      graph.output(all, {cache_name("present", block, "decoder", part),
                         OnnxType::kFloat,
                         {"rows", spec.num_heads, "past_and_steps", spec.d_kv}});
      return all;
    };
    const std::string key = grown(cache.key, "key"), value = grown(cache.value, "value");
    states = layers.add(
        states,
        build.attention({.query = build.heads(normed, self + "q.weight"), .key = key, .value = value, .bias = bias},
                        self + "o.weight"));
    const std::string cross = block_name("decoder", block, 1);
    const std::string query =
        build.heads(build.norm(states, cross + "layer_norm.weight"), cross + "EncDecAttention.q.weight");
    states = layers.add(
        states,
        build.attention({.query = query, .key = cache.cross_key, .value = cache.cross_value, .bias = cross_bias},
                        cross + "EncDecAttention.o.weight"));
    states = build.feed_forward(states, block_name("decoder", block, 2));
  }
  graph.output(logits_of(graph, build, spec, states, shared, tokens),
               {"logits", OnnxType::kFloat, {"rows", "steps", spec.vocab_size}});
  return graph;
}

}  // namespace p5
