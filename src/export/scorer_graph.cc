#include "export/scorer_graph.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "encoders/encoder_options.h"
#include "export/encoder_weights.h"
#include "export/evidence_graph.h"
#include "export/graph_layers.h"
#include "export/network_graphs.h"

namespace p5 {
namespace {

// [vocabulary, width]: nothing for padding, items with what attributes add to them, the mask.
std::vector<float> token_vectors(const EncoderSpec& spec, const ItemEncoder& encoder, const EncoderWeights& weights) {
  const auto width = static_cast<std::ptrdiff_t>(spec.options.width);
  std::vector<float> vectors(static_cast<std::size_t>(width), 0.0f);
  const std::vector<float> items = encoder.tables().vectors;
  vectors.insert(vectors.end(), items.begin(), items.end());
  const std::vector<float>& own = weights.values("items");
  vectors.insert(vectors.end(), own.end() - width, own.end());
  return vectors;
}

// What everybody gets of whom nothing is known; by token.
std::vector<float> popular_scores(const EncoderSpec& spec) {
  std::vector<float> scores(static_cast<std::size_t>(spec.vocab_size), 0.0f);
  for (std::size_t item = 0; item < spec.item_counts.size(); ++item) {
    scores[item + 1] = std::log1p(spec.item_counts[item]);
  }
  return scores;
}

class ScorerGraph {
 public:
  ScorerGraph(OnnxGraph& graph, const EncoderSource& source)
      : graph_(graph), layers_(graph), source_(source), spec_(source.spec()), weights_(graph, source) {}

  void build() {
    const std::string history = graph_.input({"history", OnnxType::kInt64, {"batch", "length"}});
    const std::string kept = layers_.as_integer(graph_.node("Greater", {history, graph_.scalar(0)}));
    const std::string count = graph_.node("ReduceSum", {kept, graph_.integers({1})}, {{"keepdims", std::int64_t{1}}});
    const std::string table = graph_.weight("token_vectors", {spec_.vocab_size, spec_.options.width},
                                            token_vectors(spec_, source_.encoder(), weights_));
    const std::string state = weights_.norm(state_of(history, count, table), "norm", spec_.options.width);
    std::string scores = graph_.node("Gemm", {state, table}, {{"transB", std::int64_t{1}}});
    if (source_.evidence() != nullptr) {
      scores = layers_.add(scores, evidence_scores(graph_, source_, {.tokens = history, .count = count}));
    }
    const std::string popular = graph_.weight("popular_scores", {1, spec_.vocab_size}, popular_scores(spec_));
    scores = graph_.node("Where", {graph_.node("Equal", {count, graph_.scalar(0)}), popular, scores});
    const std::string items =
        graph_.node("Slice", {scores, graph_.integers({1}), graph_.integers({spec_.items + 1}), graph_.integers({1})});
    graph_.output(items, {"scores", OnnxType::kFloat, {"batch", spec_.items}});
  }

 private:
  // [batch, width] of the newest items that the network reads.
  std::string state_of(const std::string& history, const std::string& count, const std::string& table) {
    const bool masked = encoder_row(spec_.options.network).reading == Reading::kBothWays;
    const std::int64_t most = std::max<std::int64_t>(spec_.options.history - (masked ? 1 : 0), 1);
    const std::string length = graph_.node("Min", {layers_.size(history, 1), graph_.scalar(most)});
    const std::string first = graph_.node("Max", {graph_.node("Sub", {count, graph_.scalar(most)}), graph_.scalar(0)});
    const std::string places = layers_.unsqueeze(layers_.range(graph_.scalar(0), length), {0});
    std::string tokens =
        graph_.node("GatherElements", {history, layers_.add(first, places)}, {{"axis", std::int64_t{1}}});
    std::string read = graph_.node("Min", {count, graph_.scalar(most)});
    if (masked) {
      tokens = with_mask(tokens, read);
      read = layers_.add(read, graph_.scalar(1));
    }
    const std::string kept = layers_.as_float(graph_.node("Greater", {tokens, graph_.scalar(0)}));
    const std::string vectors = layers_.multiply(graph_.node("Gather", {table, tokens}), layers_.unsqueeze(kept, {2}));
    const std::string last = graph_.node("Max", {graph_.node("Sub", {read, graph_.scalar(1)}), graph_.scalar(0)});
    return network_state(graph_, weights_, spec_.options, {.vectors = vectors, .kept = kept, .last = last});
  }

  // One place more, with the mask after the last item of each row.
  std::string with_mask(const std::string& tokens, const std::string& read) {
    const std::string padding = graph_.node(
        "Expand", {graph_.scalar(0), graph_.node("Concat", {layers_.size_list(tokens, 0), graph_.integers({1})},
                                                 {{"axis", std::int64_t{0}}})});
    const std::string longer = graph_.node("Concat", {tokens, padding}, {{"axis", std::int64_t{1}}});
    const std::string places = layers_.unsqueeze(layers_.range(graph_.scalar(0), layers_.size(longer, 1)), {0});
    return graph_.node("Where", {graph_.node("Equal", {places, read}), graph_.scalar(spec_.mask_token()), longer});
  }

  OnnxGraph& graph_;
  GraphLayers layers_;
  const EncoderSource& source_;
  const EncoderSpec& spec_;
  EncoderWeights weights_;
};

}  // namespace

OnnxGraph scorer_graph(const EncoderSource& source) {
  OnnxGraph graph("p5_scorer");
  ScorerGraph(graph, source).build();
  return graph;
}

}  // namespace p5
