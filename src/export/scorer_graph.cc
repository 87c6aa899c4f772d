#include "export/scorer_graph.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "encoders/encoder_options.h"
#include "encoders/time_gaps.h"
#include "export/encoder_weights.h"
#include "export/evidence_graph.h"
#include "export/graph_layers.h"
#include "export/network_graphs.h"

namespace p5 {
namespace {

// [vocabulary, width]: nothing for padding, items with what attributes and features add to them, the mask.
std::vector<float> token_vectors(const EncoderSpec& spec, const ItemEncoder& encoder) {
  const ItemTables tables = encoder.tables();
  std::vector<float> vectors(static_cast<std::size_t>(spec.options.width), 0.0f);
  vectors.insert(vectors.end(), tables.vectors.begin(), tables.vectors.end());
  vectors.insert(vectors.end(), tables.mask.begin(), tables.mask.end());
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
    if (spec_.options.time_gaps) {
      const std::string times = graph_.input({"times", OnnxType::kInt64, {"batch", "length"}});
      gaps_ = gap_steps(times, history);
    }
    const std::string kept = layers_.as_integer(graph_.node("Greater", {history, graph_.scalar(0)}));
    const std::string count = graph_.node("ReduceSum", {kept, graph_.integers({1})}, {{"keepdims", std::int64_t{1}}});
    const std::string table = graph_.weight("token_vectors", {spec_.vocab_size, spec_.options.width},
                                            token_vectors(spec_, source_.encoder()));
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
  // [batch, length] int64: the steps of TimeGaps between each event and the one before; 0: not known.
  std::string gap_steps(const std::string& times, const std::string& history) {
    const std::string without_last =
        graph_.node("Slice", {times, graph_.integers({0}), graph_.integers({-1}), graph_.integers({1})});
    const std::string before = graph_.node("Concat", {zero_column(times), without_last}, {{"axis", std::int64_t{1}}});
    std::vector<std::int64_t> begins;
    for (std::int64_t step = 2; step < TimeGaps::kSteps; ++step) begins.push_back(TimeGaps::least_of(step) - 1);
    const std::string gap = layers_.unsqueeze(graph_.node("Sub", {times, before}), {2});
    const std::string passed = layers_.as_integer(graph_.node("Greater", {gap, graph_.integers(std::move(begins))}));
    const std::string steps = layers_.add(
        graph_.node("ReduceSum", {passed, graph_.integers({2})}, {{"keepdims", std::int64_t{0}}}), graph_.scalar(1));
    const auto has = [&](const std::string& value) {
      return graph_.node("Not", {graph_.node("Equal", {value, graph_.scalar(0)})});
    };
    const std::string known = graph_.node("And", {graph_.node("And", {has(times), has(before)}), has(history)});
    return layers_.multiply(steps, layers_.as_integer(known));
  }

  // [batch, width] of the newest items that the network reads.
  std::string state_of(const std::string& history, const std::string& count, const std::string& table) {
    const bool masked = encoder_row(spec_.options.network).reading == Reading::kBothWays;
    const std::int64_t most = std::max<std::int64_t>(spec_.options.history - (masked ? 1 : 0), 1);
    const std::string length = graph_.node("Min", {layers_.size(history, 1), graph_.scalar(most)});
    const std::string first = graph_.node("Max", {graph_.node("Sub", {count, graph_.scalar(most)}), graph_.scalar(0)});
    const std::string places = layers_.add(first, layers_.unsqueeze(layers_.range(graph_.scalar(0), length), {0}));
    const auto newest = [&](const std::string& values) {
      return graph_.node("GatherElements", {values, places}, {{"axis", std::int64_t{1}}});
    };
    std::string tokens = newest(history), gaps = gaps_.empty() ? "" : newest(gaps_);
    std::string read = graph_.node("Min", {count, graph_.scalar(most)});
    if (masked) {
      tokens = with_mask(tokens, read);
      if (!gaps.empty()) gaps = longer(gaps);
      read = layers_.add(read, graph_.scalar(1));
    }
    const std::string kept = layers_.as_float(graph_.node("Greater", {tokens, graph_.scalar(0)}));
    std::string vectors = graph_.node("Gather", {table, tokens});
    if (!gaps.empty()) {
      const std::string steps = weights_.tensor("gap_table", {TimeGaps::kSteps, spec_.options.width});
      vectors = layers_.add(vectors, graph_.node("Gather", {steps, gaps}));
    }
    vectors = layers_.multiply(vectors, layers_.unsqueeze(kept, {2}));
    const std::string last = graph_.node("Max", {graph_.node("Sub", {read, graph_.scalar(1)}), graph_.scalar(0)});
    return network_state(graph_, weights_, spec_.options, {.vectors = vectors, .kept = kept, .last = last});
  }

  // [batch, 1] of zeros.
  std::string zero_column(const std::string& of) {
    return graph_.node("Expand",
                       {graph_.scalar(0), graph_.node("Concat", {layers_.size_list(of, 0), graph_.integers({1})},
                                                      {{"axis", std::int64_t{0}}})});
  }
  // One place more.
  std::string longer(const std::string& values) {
    return graph_.node("Concat", {values, zero_column(values)}, {{"axis", std::int64_t{1}}});
  }
  // The same, with the mask after the last item of each row.
  std::string with_mask(const std::string& tokens, const std::string& read) {
    const std::string padded = longer(tokens);
    const std::string places = layers_.unsqueeze(layers_.range(graph_.scalar(0), layers_.size(padded, 1)), {0});
    return graph_.node("Where", {graph_.node("Equal", {places, read}), graph_.scalar(spec_.mask_token()), padded});
  }

  OnnxGraph& graph_;
  GraphLayers layers_;
  const EncoderSource& source_;
  const EncoderSpec& spec_;
  EncoderWeights weights_;
  std::string gaps_ = {};  // empty: the encoder reads no times
};

}  // namespace

OnnxGraph scorer_graph(const EncoderSource& source) {
  OnnxGraph graph("p5_scorer");
  ScorerGraph(graph, source).build();
  return graph;
}

}  // namespace p5
