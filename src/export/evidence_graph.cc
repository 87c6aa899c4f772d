#include "export/evidence_graph.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "export/graph_layers.h"
#include "p5/error.h"
#include "retrieval/item_knn_source.h"

namespace p5 {
namespace {

// item-kNN's rows by token, one after the other.
struct NeighborRows {
  std::vector<std::int64_t> begins{0};  // [vocabulary + 1]
  std::vector<std::int64_t> tokens;
  std::vector<float> weights;
};

NeighborRows rows_of(const ItemKnnSource& counts, std::int64_t vocabulary, std::int64_t items) {
  NeighborRows rows;
  for (std::int64_t token = 0; token < vocabulary; ++token) {
    if (token > 0 && token <= items) {
      for (const auto& neighbor : counts.neighbors_of(static_cast<ItemId>(token - 1))) {
        if (static_cast<std::int64_t>(neighbor.item) >= items) continue;
        rows.tokens.push_back(static_cast<std::int64_t>(neighbor.item) + 1);
        rows.weights.push_back(neighbor.weight);
      }
    }
    rows.begins.push_back(static_cast<std::int64_t>(rows.tokens.size()));
  }
  if (rows.tokens.empty()) {  // no reader likes an empty weight
    rows.tokens.push_back(0);
    rows.weights.push_back(0.0f);
  }
  return rows;
}

class EvidenceGraph {
 public:
  EvidenceGraph(OnnxGraph& graph, const EncoderSource& source, const ItemKnnSource& counts, HistoryInput history)
      : graph_(graph),
        layers_(graph),
        source_(source),
        counts_(counts),
        vocabulary_(source.spec().vocab_size),
        history_(std::move(history)) {
    const std::string places = layers_.range(graph_.scalar(0), layers_.size(history_.tokens, 1));
    const std::string newest = graph_.node("Sub", {history_.count, graph_.scalar(1)});
    age_ = graph_.node("Sub", {newest, layers_.unsqueeze(places, {0})});
  }

  // [batch, vocabulary] the score of each token by its neighbors in the history.
  std::string neighbor_scores();
  // gate * log((share + floor) / floor) of the best.
  std::string features(const std::string& scores);
  // The logits of the items that the history holds, by the age of their newest event, added to `scores`.
  std::string add_ages(const std::string& scores);

 private:
  std::string zeros_of(const std::string& shape) { return graph_.node("Expand", {graph_.number(0.0f), shape}); }
  std::string batch_shape() {
    return graph_.node("Concat", {layers_.size_list(history_.tokens, 0), graph_.integers({vocabulary_})},
                       {{"axis", std::int64_t{0}}});
  }
  // 1 where 0 <= age < most, else 0; float32 [batch, length].
  std::string younger_than(std::int64_t most) {
    const std::string past = graph_.node("Greater", {age_, graph_.scalar(-1)});
    return layers_.as_float(graph_.node("And", {past, graph_.node("Less", {age_, graph_.scalar(most)})}));
  }
  // `table` at the age of each place, 0 where it has none.
  std::string by_age(const std::string& table, std::int64_t size) {
    const std::string place = graph_.node("Clip", {age_, graph_.scalar(0), graph_.scalar(size - 1)});
    return layers_.multiply(graph_.node("Gather", {table, place}), younger_than(size));
  }
  std::string scatter(const std::string& data, const std::string& places, const std::string& values, std::int64_t axis,
                      const char* reduction) {
    return graph_.node("ScatterElements", {data, places, values},
                       {{"axis", axis}, {"reduction", std::string(reduction)}});
  }
  std::string running_sum(const std::string& values, bool exclusive) {
    return graph_.node("CumSum", {values, graph_.scalar(0)}, {{"exclusive", std::int64_t{exclusive ? 1 : 0}}});
  }
  std::string owners_of(const std::string& offsets, const std::string& total);

  OnnxGraph& graph_;
  GraphLayers layers_;
  const EncoderSource& source_;
  const ItemKnnSource& counts_;
  std::int64_t vocabulary_;
  HistoryInput history_;
  std::string age_;  // [batch, length] int64: steps before the newest item, below 0 at padding
};

// Rows of any length laid end to end begin at `offsets`: which row each of the `total` places is of. A mark at each
// begin, and the sum of the marks so far.
std::string EvidenceGraph::owners_of(const std::string& offsets, const std::string& total) {
  const std::string size = layers_.add(total, graph_.integers({1}));  // empty rows may begin at the end
  const std::string none = graph_.node("Expand", {graph_.scalar(0), size});
  const std::string marks = graph_.node("Expand", {graph_.scalar(1), graph_.node("Shape", {offsets})});
  const std::string sums = running_sum(scatter(none, offsets, marks, 0, "add"), false);
  const std::string used = graph_.node("Slice", {sums, graph_.integers({0}), total});
  return graph_.node("Sub", {used, graph_.scalar(1)});
}

std::string EvidenceGraph::neighbor_scores() {
  const NeighborRows rows = rows_of(counts_, vocabulary_, source_.spec().items);
  const std::string all_begins = graph_.integers(rows.begins);
  const ItemKnnOptions& options = counts_.options();
  std::vector<float> recency;
  double weight = 1.0;
  for (std::int64_t age = 0; age < options.history; ++age, weight *= options.recency) {
    recency.push_back(static_cast<float>(weight));
  }
  const std::string flat = layers_.reshape(history_.tokens, {-1});
  const std::string begins = graph_.node("Gather", {all_begins, flat});
  const std::string ends = graph_.node("Gather", {all_begins, layers_.add(flat, graph_.scalar(1))});
  const std::string counted = layers_.reshape(layers_.as_integer(younger_than(options.history)), {-1});
  const std::string lengths = layers_.multiply(graph_.node("Sub", {ends, begins}), counted);
  const std::string offsets = running_sum(lengths, true);
  const std::string total =
      graph_.node("ReduceSum", {lengths, graph_.integers({0})}, {{"keepdims", std::int64_t{1}}});  // [1]
  const std::string owner = owners_of(offsets, total);
  const std::string within =
      graph_.node("Sub", {layers_.range(graph_.scalar(0), graph_.node("Squeeze", {total, graph_.integers({0})})),
                          graph_.node("Gather", {offsets, owner})});
  const std::string place = layers_.add(graph_.node("Gather", {begins, owner}), within);
  const std::string token = graph_.node("Gather", {graph_.integers(rows.tokens), place});
  const auto size = static_cast<std::int64_t>(rows.weights.size());
  const std::string table = graph_.weight("item_knn.weights", {size}, rows.weights);
  const std::string ages = graph_.weight("item_knn.recency", {options.history}, std::move(recency));
  const std::string scales = layers_.reshape(by_age(ages, options.history), {-1});
  const std::string value =
      layers_.multiply(graph_.node("Gather", {table, place}), graph_.node("Gather", {scales, owner}));
  const std::string row = graph_.node("Div", {owner, layers_.size(history_.tokens, 1)});
  const std::string column = layers_.add(layers_.multiply(row, graph_.scalar(vocabulary_)), token);
  const std::string cells = layers_.multiply(layers_.size_list(history_.tokens, 0), graph_.integers({vocabulary_}));
  const std::string sums = scatter(zeros_of(cells), column, value, 0, "add");
  return graph_.node("Reshape", {sums, batch_shape()});
}

std::string EvidenceGraph::features(const std::string& scores) {
  const NeighborEvidence& neighbors = source_.evidence()->neighbors();
  std::string allowed = scores;
  if (!neighbors.repeats()) {  // items of the history are no evidence
    const std::string ones = graph_.node("Expand", {graph_.number(1.0f), batch_shape()});
    const std::string zeros = zeros_of(graph_.node("Shape", {history_.tokens}));
    allowed = layers_.multiply(scores, scatter(ones, history_.tokens, zeros, 1, "none"));
  }
  const std::int64_t most = std::min<std::int64_t>(neighbors.options().neighbors, vocabulary_);
  const auto best = graph_.nodes("TopK", {allowed, graph_.integers({most})}, 2, {{"axis", std::int64_t{-1}}});
  const std::string sum = graph_.node("ReduceSum", {best[0], graph_.integers({1})}, {{"keepdims", std::int64_t{1}}});
  const std::string shares = graph_.node("Div", {best[0], graph_.node("Max", {sum, graph_.number(1e-30f)})});
  const auto floor = static_cast<float>(neighbors.options().floor);
  const std::string ratio = graph_.node("Div", {layers_.add(shares, graph_.number(floor)), graph_.number(floor)});
  const std::string gate = graph_.number(source_.encoder().tables().gate);
  const std::string values = layers_.multiply(graph_.node("Log", {ratio}), gate);
  return scatter(zeros_of(batch_shape()), best[1], values, 1, "none");
}

std::string EvidenceGraph::add_ages(const std::string& scores) {
  std::vector<float> learnt = source_.encoder().tables().by_age;
  if (learnt.empty()) return scores;
  const auto ages = static_cast<std::int64_t>(learnt.size());
  // [batch, length, length]: whether the second place has the item of the first, and comes later.
  const std::string same =
      graph_.node("Equal", {layers_.unsqueeze(history_.tokens, {2}), layers_.unsqueeze(history_.tokens, {1})});
  const std::string places = layers_.range(graph_.scalar(0), layers_.size(history_.tokens, 1));
  const std::string later =
      graph_.node("Greater", {layers_.unsqueeze(places, {0, 1}), layers_.unsqueeze(places, {0, 2})});
  const std::string repeated = graph_.node("ReduceMax", {layers_.as_float(graph_.node("And", {same, later}))},
                                           {{"axes", std::vector<std::int64_t>{2}}, {"keepdims", std::int64_t{0}}});
  const std::string newest = graph_.node("Sub", {graph_.number(1.0f), repeated});
  const std::string table = graph_.weight("by_age", {ages}, std::move(learnt));
  return scatter(scores, history_.tokens, layers_.multiply(by_age(table, ages), newest), 1, "add");
}

}  // namespace

std::string evidence_scores(OnnxGraph& graph, const EncoderSource& source, const HistoryInput& history) {
  const auto* counts = dynamic_cast<const ItemKnnSource*>(&source.evidence()->neighbors().source());
  if (counts == nullptr) {
    throw Error(ErrorCode::kUnsupported, ErrorSubject::kModel, "these counts have no ONNX graph",
                {.where = "source " + source.name(),
                 .expected = "evidence of item-knn",
                 .got = source.evidence()->neighbors().source().name()});
  }
  EvidenceGraph evidence(graph, source, *counts, history);
  return evidence.add_ages(evidence.features(evidence.neighbor_scores()));
}

}  // namespace p5
