// Gradient boosted regression trees that order the items of a list: LambdaMART (Burges 2010) for lists with one right
// answer each, by NDCG@10, over histograms of features. Boosting begins at given scores, so that no trees means no
// change. Deterministic. A value; thread-safe once fit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "p5/stop_token.h"

namespace p5 {

struct RankingTreeOptions {
  std::size_t trees = 60;
  std::size_t depth = 3;
  double rate = 0.1;        // of each tree's values
  double least_weight = 2;  // sum of second derivatives in a leaf
  double ridge = 1;         // added to that sum
  std::size_t bins = 32;    // per feature
};

// Lists of items with features, one of them right.
struct RankingLists {
  std::size_t feature_count = 0;
  std::vector<float> features = {};         // [rows, feature_count]
  std::vector<float> scores = {};           // [rows] where boosting begins
  std::vector<std::size_t> begins = {0};    // [lists + 1] rows of each list
  std::vector<std::uint32_t> targets = {};  // [lists] position of the right item in its list

  std::size_t size() const { return targets.size(); }
};

class RankingTrees {
 public:
  RankingTrees() = default;
  // Throws Interrupted between trees.
  static RankingTrees fit(const RankingLists& lists, const RankingTreeOptions& options, const StopToken& stop = {});

  // What the trees add to an item's score; `features` [feature_count].
  float value(std::span<const float> features) const;
  bool empty() const { return roots_.empty(); }
  std::size_t feature_count() const { return feature_count_; }

  nlohmann::json to_json() const;
  // Throws Corrupted (model), naming `where`, for what to_json() never returns.
  static RankingTrees from_json(const nlohmann::json& json, const std::string& where);

 private:
  class Boosting;

  // A leaf has no feature. Children come after their parent.
  struct Node {
    std::int32_t feature = -1;
    float threshold = 0;  // below or equal: left
    std::uint32_t left = 0, right = 0;
    float value = 0;
  };
  std::size_t feature_count_ = 0;
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> roots_;  // first nodes of the trees
};

}  // namespace p5
