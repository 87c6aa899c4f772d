#include "retrieval/ranking_trees.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

#include "base/interrupt.h"
#include "p5/error.h"
#include "retrieval/mixture_fit.h"

namespace p5 {
namespace {

constexpr double kLeastSplitGain = 1e-6;

// The borders between bins of one feature: values at even steps of its sorted values, each once.
std::vector<float> borders_of(std::vector<float> values, std::size_t bins) {
  std::sort(values.begin(), values.end());
  std::vector<float> borders;
  for (std::size_t bin = 1; bin < bins; ++bin) {
    const float border = values[bin * values.size() / bins];
    if (border < values.back() && (borders.empty() || border > borders.back())) borders.push_back(border);
  }
  return borders;
}

// Sums of derivatives over the rows of a bin or of a node.
struct LambdaSum {
  double slope = 0, curve = 0;

  void add(const LambdaSum& other) {
    slope += other.slope;
    curve += other.curve;
  }
};

}  // namespace

// One fit: binned features, the present scores, and the tree that grows.
class RankingTrees::Boosting {
 public:
  Boosting(const RankingLists& lists, const RankingTreeOptions& options, RankingTrees& trees)
      : lists_(lists),
        options_(options),
        trees_(trees),
        scores_(lists.scores),
        lambdas_(lists.scores.size()),
        nodes_of_(lists.scores.size()) {
    const std::size_t rows = scores_.size();
    bins_.resize(rows * lists.feature_count);
    for (std::size_t feature = 0; feature < lists.feature_count; ++feature) {
      std::vector<float> values(rows);
      for (std::size_t row = 0; row < rows; ++row) values[row] = lists.features[row * lists.feature_count + feature];
      borders_.push_back(borders_of(values, options.bins));
      for (std::size_t row = 0; row < rows; ++row) {
        const auto border = std::lower_bound(borders_.back().begin(), borders_.back().end(), values[row]);
        bins_[row * lists.feature_count + feature] = static_cast<std::uint8_t>(border - borders_.back().begin());
      }
    }
  }

  // False where no split helps.
  bool add_tree() {
    compute_lambdas();
    const auto root = static_cast<std::uint32_t>(trees_.nodes_.size());
    trees_.nodes_.emplace_back();
    std::fill(nodes_of_.begin(), nodes_of_.end(), root);
    std::vector<std::uint32_t> level{root};
    for (std::size_t depth = 0; depth < options_.depth && !level.empty(); ++depth) level = split_level(level);
    if (trees_.nodes_.size() == root + 1) {
      trees_.nodes_.pop_back();
      return false;
    }
    write_values(root);
    trees_.roots_.push_back(root);
    return true;
  }

 private:
  struct Split {
    double gain = kLeastSplitGain;
    std::size_t feature = 0, bin = 0;
    bool found = false;
  };

  // Pairs of the target and each other item of a list, weighted by what their exchange would change in NDCG@10.
  void compute_lambdas() {
    std::fill(lambdas_.begin(), lambdas_.end(), LambdaSum{});
    for (std::size_t list = 0; list < lists_.size(); ++list) {
      const std::size_t begin = lists_.begins[list], size = lists_.begins[list + 1] - begin;
      std::vector<std::size_t> order(size);
      std::iota(order.begin(), order.end(), begin);
      const std::size_t target = begin + lists_.targets[list];
      // Ties stand against the target, as they are counted.
      std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        if (scores_[a] != scores_[b]) return scores_[a] > scores_[b];
        return (a == target) != (b == target) ? b == target : a < b;
      });
      const auto at = std::find(order.begin(), order.end(), target) - order.begin();
      const double own = gain_at(static_cast<std::size_t>(at) + 1);
      for (std::size_t i = 0; i < size; ++i) {
        if (order[i] == target) continue;
        const double change = std::abs(own - gain_at(i + 1));
        if (change == 0) continue;
        const double wrong = 1 / (1 + std::exp(static_cast<double>(scores_[target] - scores_[order[i]])));
        const LambdaSum pair{wrong * change, wrong * (1 - wrong) * change};
        lambdas_[target].add(pair);
        lambdas_[order[i]].add({-pair.slope, pair.curve});
      }
    }
  }

  double quality(const LambdaSum& sum) const { return sum.slope * sum.slope / (sum.curve + options_.ridge); }

  Split best_split(std::span<const LambdaSum> histogram) const {
    LambdaSum all;
    for (std::size_t bin = 0; bin < options_.bins; ++bin) all.add(histogram[bin]);
    Split best;
    for (std::size_t feature = 0; feature < lists_.feature_count; ++feature) {
      LambdaSum left;
      for (std::size_t bin = 0; bin < borders_[feature].size(); ++bin) {
        left.add(histogram[feature * options_.bins + bin]);
        const LambdaSum right{all.slope - left.slope, all.curve - left.curve};
        if (left.curve < options_.least_weight || right.curve < options_.least_weight) continue;
        const double gain = quality(left) + quality(right) - quality(all);
        if (gain > best.gain) best = {gain, feature, bin, true};
      }
    }
    return best;
  }

  // The children of the nodes of one level.
  std::vector<std::uint32_t> split_level(std::span<const std::uint32_t> level) {
    const std::size_t width = lists_.feature_count * options_.bins;
    const std::uint32_t first = level.front();
    std::vector<LambdaSum> histograms(level.size() * width);
    for (std::size_t row = 0; row < nodes_of_.size(); ++row) {
      if (nodes_of_[row] < first || lambdas_[row].curve == 0) continue;
      LambdaSum* own = histograms.data() + (nodes_of_[row] - first) * width;
      const std::uint8_t* bins = bins_.data() + row * lists_.feature_count;
      for (std::size_t feature = 0; feature < lists_.feature_count; ++feature) {
        own[feature * options_.bins + bins[feature]].add(lambdas_[row]);
      }
    }
    std::vector<std::uint32_t> children;
    for (const std::uint32_t node : level) {
      const Split split = best_split(std::span(histograms).subspan((node - first) * width, width));
      if (!split.found) continue;
      const auto left = static_cast<std::uint32_t>(trees_.nodes_.size());
      trees_.nodes_.resize(left + 2);
      trees_.nodes_[node].feature = static_cast<std::int32_t>(split.feature);
      trees_.nodes_[node].threshold = borders_[split.feature][split.bin];
      trees_.nodes_[node].left = left;
      trees_.nodes_[node].right = left + 1;
      children.insert(children.end(), {left, left + 1});
    }
    for (std::size_t row = 0; row < nodes_of_.size(); ++row) {
      const Node& node = trees_.nodes_[nodes_of_[row]];
      if (node.feature < 0) continue;
      const float value = lists_.features[row * lists_.feature_count + static_cast<std::size_t>(node.feature)];
      nodes_of_[row] = value <= node.threshold ? node.left : node.right;
    }
    return children;
  }

  // Newton steps for the leaves, and the scores after them.
  void write_values(std::uint32_t root) {
    std::vector<LambdaSum> sums(trees_.nodes_.size() - root);
    for (std::size_t row = 0; row < nodes_of_.size(); ++row) sums[nodes_of_[row] - root].add(lambdas_[row]);
    for (std::size_t i = 0; i < sums.size(); ++i) {
      trees_.nodes_[root + i].value =
          static_cast<float>(options_.rate * sums[i].slope / (sums[i].curve + options_.ridge));
    }
    for (std::size_t row = 0; row < nodes_of_.size(); ++row) scores_[row] += trees_.nodes_[nodes_of_[row]].value;
  }

  const RankingLists& lists_;
  const RankingTreeOptions& options_;
  RankingTrees& trees_;
  std::vector<std::vector<float>> borders_;  // [feature_count][at most bins - 1]
  std::vector<std::uint8_t> bins_;           // [rows, feature_count]
  std::vector<float> scores_;                // [rows]
  std::vector<LambdaSum> lambdas_;           // [rows]
  std::vector<std::uint32_t> nodes_of_;      // [rows] where the row stands in the tree that grows
};

RankingTrees RankingTrees::fit(const RankingLists& lists, const RankingTreeOptions& options, const StopToken& stop) {
  RankingTrees trees;
  trees.feature_count_ = lists.feature_count;
  if (lists.size() == 0) return trees;
  Boosting boosting(lists, options, trees);
  for (std::size_t i = 0; i < options.trees; ++i) {
    stop_if_requested(stop, "fitting was interrupted; no hybrid was written");
    if (!boosting.add_tree()) break;
  }
  return trees;
}

float RankingTrees::value(std::span<const float> features) const {
  float sum = 0;
  for (const std::uint32_t root : roots_) {
    const Node* node = &nodes_[root];
    while (node->feature >= 0) {
      node = &nodes_[features[static_cast<std::size_t>(node->feature)] <= node->threshold ? node->left : node->right];
    }
    sum += node->value;
  }
  return sum;
}

nlohmann::json RankingTrees::to_json() const {
  nlohmann::json nodes = nlohmann::json::array();
  for (const Node& node : nodes_) {
    if (node.feature < 0) {
      nodes.push_back({node.value});
    } else {
      nodes.push_back({node.feature, node.threshold, node.left, node.right});
    }
  }
  return {{"features", feature_count_}, {"roots", roots_}, {"nodes", std::move(nodes)}};
}

RankingTrees RankingTrees::from_json(const nlohmann::json& json, const std::string& where) {
  const auto damaged = [&where] {
    return model_error("the saved trees are damaged",
                       {.where = where, .expected = "nodes whose children come after them"});
  };
  RankingTrees trees;
  try {
    trees.feature_count_ = json.at("features").get<std::size_t>();
    trees.roots_ = json.at("roots").get<std::vector<std::uint32_t>>();
    for (const nlohmann::json& node : json.at("nodes")) {
      if (node.size() == 1) {
        trees.nodes_.push_back({.value = node.at(0).get<float>()});
      } else {
        trees.nodes_.push_back({.feature = node.at(0).get<std::int32_t>(),
                                .threshold = node.at(1).get<float>(),
                                .left = node.at(2).get<std::uint32_t>(),
                                .right = node.at(3).get<std::uint32_t>()});
      }
    }
  } catch (const nlohmann::json::exception&) {
    throw damaged();
  }
  for (std::size_t i = 0; i < trees.nodes_.size(); ++i) {
    const Node& node = trees.nodes_[i];
    if (node.feature < 0) continue;
    const bool inside = node.left > i && node.right > i && node.left < trees.nodes_.size() &&
                        node.right < trees.nodes_.size() &&
                        static_cast<std::size_t>(node.feature) < trees.feature_count_;
    if (!inside) throw damaged();
  }
  for (const std::uint32_t root : trees.roots_) {
    if (root >= trees.nodes_.size()) throw damaged();
  }
  return trees;
}

}  // namespace p5
