#include "retrieval/ranking_trees.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "base/rng.h"
#include "p5/error.h"
#include "retrieval/mixture_fit.h"

namespace p5 {
namespace {

constexpr std::size_t kListed = 20;

// The right item is the one whose feature 0 lies between 0.4 and 0.6 and whose feature 1 is above 0.5: no sum of the
// features says so. Feature 2 is noise.
RankingLists planted(std::size_t count, std::uint64_t seed) {
  Rng rng(seed, "ranking trees");
  RankingLists lists{.feature_count = 3};
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t target = rng.below(kListed);
    for (std::size_t item = 0; item < kListed; ++item) {
      double first = rng.uniform(), second = rng.uniform();
      if (item == target) {
        first = 0.4 + 0.2 * first, second = 0.5 + 0.5 * second;
      } else if (first > 0.4 && first < 0.6) {
        second *= 0.5;
      }
      lists.features.insert(lists.features.end(),
                            {static_cast<float>(first), static_cast<float>(second), static_cast<float>(rng.uniform())});
      lists.scores.push_back(0);
    }
    lists.begins.push_back(lists.scores.size());
    lists.targets.push_back(static_cast<std::uint32_t>(target));
  }
  return lists;
}

double gain_of(const RankingTrees& trees, const RankingLists& lists) {
  double gain = 0;
  for (std::size_t i = 0; i < lists.size(); ++i) {
    std::vector<float> scores;
    for (std::size_t row = lists.begins[i]; row < lists.begins[i + 1]; ++row) {
      scores.push_back(lists.scores[row] + trees.value(std::span(lists.features).subspan(row * 3, 3)));
    }
    gain += gain_at(rank_of(scores, lists.targets[i]));
  }
  return gain / static_cast<double>(lists.size());
}

TEST(RankingTrees, LearnAPlantedRule) {
  const RankingTrees trees = RankingTrees::fit(planted(400, 1), {.trees = 40});
  EXPECT_GT(gain_of(trees, planted(200, 2)), 0.9);
}

TEST(RankingTrees, BeginAtTheGivenScores) {
  RankingLists lists = planted(300, 3);
  for (std::size_t i = 0; i < lists.size(); ++i) lists.scores[lists.begins[i] + lists.targets[i]] = 30;
  // Nothing is wrong, so nothing is left to learn.
  EXPECT_TRUE(RankingTrees::fit(lists, {.trees = 5}).empty());
}

TEST(RankingTrees, KeepToNoLeafOfFewPairs) {
  EXPECT_TRUE(RankingTrees::fit(planted(50, 4), {.trees = 5, .least_weight = 1e6}).empty());
}

TEST(RankingTrees, AreReadBackAsTheyWere) {
  const RankingTrees trees = RankingTrees::fit(planted(100, 5), {.trees = 7});
  const RankingTrees read = RankingTrees::from_json(nlohmann::json::parse(trees.to_json().dump()), "a test");
  const RankingLists lists = planted(20, 6);
  for (std::size_t row = 0; row < lists.scores.size(); ++row) {
    const auto features = std::span(lists.features).subspan(row * 3, 3);
    EXPECT_EQ(read.value(features), trees.value(features));
  }
}

TEST(RankingTrees, DamageIsRefused) {
  nlohmann::json json = RankingTrees::fit(planted(100, 5), {.trees = 2}).to_json();
  auto circle = json, feature = json, root = json;
  circle["nodes"][0][2] = 0;
  feature["nodes"][0][0] = 3;
  root["roots"][0] = 1000;
  for (const auto& damaged : {circle, feature, root, nlohmann::json::object()}) {
    EXPECT_THROW(RankingTrees::from_json(damaged, "a test"), Error);
  }
}

}  // namespace
}  // namespace p5
