#include "search/tpe_sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

namespace p5 {
namespace {

SearchSpace space_of(std::size_t numbers) {
  std::vector<SearchSetting> settings;
  for (std::size_t i = 0; i < numbers; ++i) settings.push_back({.key = "x" + std::to_string(i), .low = 0, .high = 1});
  settings.push_back({.key = "kind", .kind = SearchSetting::Kind::kChoice, .choices = {"1", "2", "3", "4"}});
  return SearchSpace(std::move(settings));
}

// Best, 0, where every number is 0.7 and the choice is the third.
double planted(const SearchPoint& point) {
  double score = point.back() >= 0.5 && point.back() < 0.75 ? 0 : -0.5;
  for (std::size_t i = 0; i + 1 < point.size(); ++i) score -= (point[i] - 0.7) * (point[i] - 0.7);
  return score;
}

std::vector<Observation> search(const Sampler& sampler, std::size_t trials, std::uint64_t seed) {
  std::vector<Observation> observed;
  for (std::size_t trial = 0; trial < trials; ++trial) {
    Rng rng(seed, "trial " + std::to_string(trial));
    const SearchPoint point = sampler.suggest(observed, rng);
    observed.push_back({.point = point, .score = planted(point)});
  }
  return observed;
}

double best_of(const std::vector<Observation>& observed) {
  return std::max_element(observed.begin(), observed.end(),
                          [](const auto& a, const auto& b) { return a.score < b.score; })
      ->score;
}

TEST(TpeSampler, FindsAPlantedOptimumCloserThanRandomSearch) {
  const SearchSpace space = space_of(4);
  const TpeSampler tpe(space, {});
  const RandomSampler random(space);
  double tpe_regret = 0, random_regret = 0;
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    tpe_regret -= best_of(search(tpe, 80, seed)) / 5;
    random_regret -= best_of(search(random, 80, seed)) / 5;
  }
  EXPECT_LT(tpe_regret, 0.02);
  EXPECT_LT(tpe_regret, random_regret / 3);
}

TEST(TpeSampler, BeginsAtRandomAndDependsOnNothingButItsArguments) {
  const SearchSpace space = space_of(2);
  const TpeSampler tpe(space, {.startup = 5});
  const auto observed = search(tpe, 20, 7);
  EXPECT_EQ(search(tpe, 5, 7)[4].point, observed[4].point);
  Rng here(7, "trial 4");
  EXPECT_EQ(space.random_point(here), observed[4].point);
  auto shuffled = observed;
  std::reverse(shuffled.begin(), shuffled.end());
  Rng one(7, "next"), other(7, "next");
  EXPECT_EQ(tpe.suggest(observed, one), tpe.suggest(shuffled, other));
}

TEST(TpeSampler, StaysInTheSpace) {
  const SearchSpace space = space_of(3);
  for (const Observation& observation : search(TpeSampler(space, {}), 60, 1)) {
    for (const double coordinate : observation.point) {
      EXPECT_GE(coordinate, 0);
      EXPECT_LT(coordinate, 1);
    }
  }
}

TEST(TpeSampler, LearnsWhichChoiceIsBest) {
  const SearchSpace space = space_of(1);
  const auto observed = search(TpeSampler(space, {}), 60, 3);
  const auto right = std::count_if(observed.end() - 30, observed.end(), [](const Observation& observation) {
    return observation.point.back() >= 0.5 && observation.point.back() < 0.75;
  });
  EXPECT_GT(right, 20);  // 7 or 8 by chance
}

}  // namespace
}  // namespace p5
