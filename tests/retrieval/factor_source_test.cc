#include "retrieval/factor_source.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/rng.h"
#include "p5/error.h"
#include "retrieval/bpr_factors.h"
#include "retrieval/implicit_als.h"
#include "retrieval/random_log.h"

namespace p5 {
namespace {

using test::Histories;
using test::scores_of;
using test::split_of;

ItemFactors random_factors(std::size_t items, std::size_t width) {
  Rng rng(1, "factors");
  ItemFactors result{.width = width, .factors = std::vector<float>(items * width), .biases = std::vector<float>(items)};
  for (float& value : result.factors) value = static_cast<float>(rng.normal());
  for (float& value : result.biases) value = static_cast<float>(rng.normal());
  return result;
}

// The vector of a history is where the slope of its squared error is zero.
TEST(FactorSource, FoldsAHistoryInByLeastSquares) {
  constexpr std::size_t kItems = 30, kWidth = 4;
  const ItemFactors items = random_factors(kItems, kWidth);
  const FoldIn fold_in{.alpha = 7, .lambda = 2, .weights = {.history = 2, .recency = 0.5}};
  const FactorSource source("factors", items, fold_in);
  const std::vector<ItemId> history{3, 8, 9};  // 3 is older than two steps
  const std::vector<float> p = source.fold_in(history);
  const auto dot = [&](ItemId item) {
    double sum = 0;
    for (std::size_t f = 0; f < kWidth; ++f) sum += double(p[f]) * items.of(item)[f];
    return sum;
  };
  for (std::size_t f = 0; f < kWidth; ++f) {
    double slope = 2.0 * p[f];
    for (ItemId item = 0; item < kItems; ++item) slope += dot(item) * items.of(item)[f];
    slope -= 7.0 * (1 - dot(9)) * items.of(9)[f] + 3.5 * (1 - dot(8)) * items.of(8)[f];
    EXPECT_NEAR(slope, 0.0, 1e-3);
  }
  const std::vector<float> scores = scores_of(source, history);
  for (ItemId item = 0; item < kItems; ++item) EXPECT_NEAR(scores[item], dot(item) + items.biases[item], 1e-4);
  EXPECT_EQ(scores_of(source, {}), items.biases);
}

TEST(FactorSource, FoldsAHistoryInByPairs) {
  constexpr std::size_t kItems = 30, kWidth = 4;
  const ItemFactors items = random_factors(kItems, kWidth);
  const FoldIn fold_in{.loss = FoldIn::Loss::kPairwise, .lambda = 0.5, .weights = {.history = 2, .recency = 0.5}};
  const FactorSource source("factors", items, fold_in);
  const std::vector<float> p = source.fold_in(std::vector<ItemId>{3, 8, 9});
  std::vector<double> mean(kWidth), slope(kWidth);
  double mean_bias = 0;
  for (ItemId item = 0; item < kItems; ++item) {
    for (std::size_t f = 0; f < kWidth; ++f) mean[f] += items.of(item)[f] / double(kItems);
    mean_bias += items.biases[item] / double(kItems);
  }
  for (const auto& [item, weight] : {std::pair<ItemId, double>{9, 1.0}, {8, 0.5}}) {
    double margin = items.biases[item] - mean_bias;
    for (std::size_t f = 0; f < kWidth; ++f) margin += p[f] * (items.of(item)[f] - mean[f]);
    for (std::size_t f = 0; f < kWidth; ++f) {
      slope[f] += weight * ((items.of(item)[f] - mean[f]) / (1 + std::exp(margin)) - 0.5 * p[f]);
    }
  }
  for (const double value : slope) EXPECT_NEAR(value, 0.0, 1e-3);
  EXPECT_EQ(scores_of(source, {}), items.biases);
}

TEST(FactorSource, ComesBackFromItsState) {
  const FactorSource source("factors", random_factors(9, 3), {});
  EXPECT_EQ(scores_of(FactorSource("factors", source.state(), {}, 9), {4, 5}), scores_of(source, {4, 5}));
  EXPECT_THROW(FactorSource("factors", source.state(), {}, 10), Error);
}

// Two groups of users, each with items of its own; item 0 of everyone is held out.
Histories two_worlds() {
  Rng rng(3, "worlds");
  Histories log(60);
  for (std::size_t user = 0; user < log.size(); ++user) {
    const ItemId first = user % 2 == 0 ? 1 : 11;
    for (int i = 0; i < 5; ++i) log[user].push_back(first + static_cast<ItemId>(rng.below(10)));
  }
  return log;
}

double worst_of_own_world(const std::vector<float>& scores) {
  double worst = 1e9;
  for (ItemId item = 1; item <= 10; ++item) worst = std::min<double>(worst, scores[item]);
  return worst;
}
double best_of_other_world(const std::vector<float>& scores) {
  double best = -1e9;
  for (ItemId item = 11; item <= 20; ++item) best = std::max<double>(best, scores[item]);
  return best;
}

TEST(ImplicitAls, TellsTwoWorldsApartWhateverTheThreads) {
  AlsOptions options;
  options.factors = 4;
  const Split split = split_of(two_worlds(), 21);
  const ItemFactors one = fit_implicit_als(split, options, 1);
  EXPECT_EQ(one.factors, fit_implicit_als(split, options, 3).factors);
  const FactorSource source("als", one, options.fold_in(21));
  const auto scores = scores_of(source, {1, 2, 3});
  EXPECT_GT(worst_of_own_world(scores), best_of_other_world(scores));
  for (const float factor : one.of(0)) EXPECT_EQ(factor, 0.0f);  // only ever held out
}

// The published objective, which each solve lowers; more rounds are never worse.
TEST(ImplicitAls, LowersItsObjective) {
  AlsOptions options;
  options.factors = 3;
  options.frequency = 0;  // then the users' best answer is the fold-in with the same regularization
  const Histories log = two_worlds();
  const Split split = split_of(log, 21);
  const auto objective = [&](std::int64_t rounds) {
    options.rounds = rounds;
    const ItemFactors items = fit_implicit_als(split, options);
    FoldIn fold_in = options.fold_in(21);
    fold_in.weights = {.history = 100, .recency = 1.0};
    const FactorSource source("als", items, fold_in);
    double sum = 0;
    for (const float q : items.factors) sum += options.lambda * q * q;
    for (const auto& history : log) {
      std::vector<ItemId> once(history);
      std::sort(once.begin(), once.end());
      once.erase(std::unique(once.begin(), once.end()), once.end());
      const auto p = source.fold_in(once);
      const auto scores = scores_of(source, once);
      for (const float x : p) sum += options.lambda * x * x;
      for (const float score : scores) sum += double(score) * score;
      for (const ItemId item : once) sum += options.alpha * (1 - scores[item]) * (1 - scores[item]);
    }
    return sum;
  };
  const double first = objective(1), second = objective(2), tenth = objective(10);
  EXPECT_LT(second, first);
  EXPECT_LT(tenth, second);
}

TEST(FitBpr, TellsTwoWorldsApart) {
  BprOptions options;
  options.factors = 8;
  options.epochs = 200;
  const Split split = split_of(two_worlds(), 21);
  const ItemFactors items = fit_bpr(split, options);
  EXPECT_EQ(items.factors, fit_bpr(split, options).factors);
  const auto scores = scores_of(FactorSource("bpr", items, options.fold_in()), {1, 2, 3});
  double own = 0, other = 0;
  for (ItemId item = 4; item <= 10; ++item) own += scores[item];
  for (ItemId item = 14; item <= 20; ++item) other += scores[item];
  EXPECT_GT(own, other);
  for (ItemId item = 1; item <= 20; ++item) EXPECT_GT(items.biases[item], items.biases[0]);  // 0 is never observed
}

TEST(FitBpr, RefusesALogWithoutEvents) { EXPECT_THROW(fit_bpr(split_of({}, 3), {}), Error); }

}  // namespace
}  // namespace p5
