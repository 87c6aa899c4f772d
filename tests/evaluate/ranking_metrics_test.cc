#include "evaluate/ranking_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"
#include "p5/error.h"

namespace p5 {
namespace {

using testing::ElementsAre;

TEST(RankingMetrics, FollowsTheFormulas) {
  EXPECT_EQ(hit_rate_at_k(5, 5), 1.0);
  EXPECT_EQ(hit_rate_at_k(6, 5), 0.0);
  EXPECT_EQ(ndcg_at_k(1, 5), 1.0);
  EXPECT_DOUBLE_EQ(ndcg_at_k(3, 5), 0.5);
  EXPECT_EQ(ndcg_at_k(6, 5), 0.0);
  EXPECT_EQ(mrr_at_k(4, 5), 0.25);
  EXPECT_EQ(mrr_at_k(6, 5), 0.0);
  EXPECT_EQ(reciprocal_rank(1000), 0.001);
}

TEST(RankingMetrics, AMissCountsNothing) {
  EXPECT_EQ(hit_rate_at_k(kMiss, 10), 0.0);
  EXPECT_EQ(ndcg_at_k(kMiss, 10), 0.0);
  EXPECT_EQ(mrr_at_k(kMiss, 10), 0.0);
  EXPECT_EQ(reciprocal_rank(kMiss), 0.0);
}

double value(const std::vector<Score>& scores, const std::string& name) {
  for (const Score& score : scores) {
    if (score.name == name) return score.value;
  }
  ADD_FAILURE() << "no " << name;
  return 0;
}

TEST(RankingMetrics, AveragesOverUsers) {
  RankingMetrics metrics;
  for (const std::size_t rank : {std::size_t{1}, std::size_t{3}, std::size_t{7}, kMiss}) metrics.add(rank);
  EXPECT_EQ(metrics.users(), 4u);
  const std::vector<Score> scores = metrics.scores();
  EXPECT_DOUBLE_EQ(value(scores, "hr@1"), 0.25);
  EXPECT_DOUBLE_EQ(value(scores, "hr@5"), 0.5);
  EXPECT_DOUBLE_EQ(value(scores, "hr@10"), 0.75);
  EXPECT_DOUBLE_EQ(value(scores, "ndcg@5"), (1.0 + 0.5) / 4);
  EXPECT_DOUBLE_EQ(value(scores, "ndcg@10"), (1.0 + 0.5 + 1.0 / 3.0) / 4);
  EXPECT_DOUBLE_EQ(value(scores, "mrr"), (1.0 + 1.0 / 3.0 + 1.0 / 7.0) / 4);
}

TEST(RankingMetrics, IsZeroForNobody) {
  const RankingMetrics nobody;
  EXPECT_EQ(nobody.users(), 0u);
  for (const Score& score : nobody.scores()) EXPECT_EQ(score.value, 0.0) << score.name;
}

std::vector<std::string> names_of(const std::vector<RankingMetric>& metrics) {
  std::vector<std::string> names;
  for (const RankingMetric& metric : metrics) names.push_back(metric.name);
  return names;
}

// A metric is one row: scores follow the rows, in their order, and what rows are compared by is kept per user.
TEST(RankingMetrics, HasAScoreForEveryRow) {
  const RankingFigures figures{.cutoffs = {3, 20}, .more = {"precision", "map"}};
  RankingMetrics ranked(figures);
  ranked.add(2);
  ranked.add(kMiss);
  const std::vector<Score> scores = ranked.scores(RankedBy::kList);
  const std::vector<RankingMetric> metrics = ranking_metrics(figures);
  ASSERT_EQ(scores.size(), metrics.size());
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const RankingMetric& metric = metrics[i];
    EXPECT_EQ(scores[i].name, metric.name);
    EXPECT_EQ(scores[i].heading, metric.heading);
    EXPECT_EQ(scores[i].value, (metric.of_rank(2) + metric.of_rank(kMiss)) / 2);
    EXPECT_EQ(scores[i].within_list, metric.over_all_items);
    const std::vector<double> per_user{metric.of_rank(2), metric.of_rank(kMiss)};
    EXPECT_EQ(scores[i].per_question, metric.compared ? per_user : std::vector<double>());
  }
  for (const Score& score : ranked.scores()) EXPECT_FALSE(score.within_list);
}

TEST(RankingMetrics, DefaultsAreThoseOfThePapers) {
  EXPECT_THAT(names_of(ranking_metrics()), ElementsAre("hr@1", "hr@5", "ndcg@5", "hr@10", "ndcg@10", "mrr"));
}

// In any order and number; 10 is there for the comparison of rows; at 1 all metrics are the hit rate.
TEST(RankingMetrics, TakesAnyCutoffAndFurtherMetrics) {
  const RankingFigures figures{.cutoffs = {20, 1, 20}, .more = {"recall", "precision", "map", "mrr"}};
  EXPECT_EQ(figures.longest(), 20u);
  EXPECT_EQ(RankingFigures{.cutoffs = {}}.longest(), 10u);
  EXPECT_THAT(names_of(ranking_metrics(figures)),
              ElementsAre("hr@1", "hr@10", "recall@10", "precision@10", "ndcg@10", "map@10", "mrr@10", "hr@20",
                          "recall@20", "precision@20", "ndcg@20", "map@20", "mrr@20", "mrr"));
  EXPECT_THAT(further_ranking_metrics(), ElementsAre("recall", "precision", "map", "mrr"));
}

// By hand, targets at ranks 1, 3, 7 and nowhere, k = 5: two of four are hits. Precision: a hit is one item of five.
TEST(RankingMetrics, FurtherMetricsByHand) {
  RankingMetrics ranked({.cutoffs = {5}, .more = {"recall", "precision", "map", "mrr"}});
  for (const std::size_t rank : {std::size_t{1}, std::size_t{3}, std::size_t{7}, kMiss}) ranked.add(rank);
  const std::vector<Score> scores = ranked.scores();
  EXPECT_DOUBLE_EQ(value(scores, "recall@5"), 2.0 / 4);
  EXPECT_DOUBLE_EQ(value(scores, "precision@5"), (0.2 + 0.2) / 4);
  EXPECT_DOUBLE_EQ(value(scores, "map@5"), (1.0 + 1.0 / 3) / 4);
  EXPECT_DOUBLE_EQ(value(scores, "mrr@5"), (1.0 + 1.0 / 3) / 4);
  EXPECT_DOUBLE_EQ(value(scores, "precision@10"), 3 * 0.1 / 4);
}

TEST(RankingMetrics, AreFoundByName) {
  for (const char* name : {"hr@3", "recall@7", "precision@20", "ndcg@100", "map@5", "mrr@2", "mrr"}) {
    const auto metric = ranking_metric(name);
    ASSERT_TRUE(metric) << name;
    EXPECT_EQ(metric->name, name);
  }
  EXPECT_DOUBLE_EQ(ranking_metric("ndcg@100")->of_rank(3), 0.5);
  for (const char* name : {"hr", "hr@", "hr@0", "hr@x", "hr@5x", "rmse", "ndcg@-1", ""}) {
    EXPECT_FALSE(ranking_metric(name)) << name;
  }
}

TEST(RankingMetrics, Pitfall13StaysConsistentForAnyRanks) {
  Rng rng(1, "ranks");
  for (int round = 0; round < 50; ++round) {
    RankingMetrics metrics;
    for (std::uint64_t i = 0; i <= rng.below(200); ++i) metrics.add(static_cast<std::size_t>(rng.below(15)));
    EXPECT_NO_THROW(metrics.scores());
  }
}

TEST(RankingMetrics, RefusesWhatContradictsItself) {
  const std::vector<Score> sound{{"hr@1", 0.1},    {"hr@5", 0.2},    {"hr@10", 0.3},
                                 {"ndcg@5", 0.15}, {"ndcg@10", 0.2}, {"mrr", 0.1}};
  EXPECT_NO_THROW(check_consistent(sound));
  const auto broken = [&](const std::string& name, double value) {
    std::vector<Score> scores = sound;
    for (Score& score : scores) {
      if (score.name == name) score.value = value;
    }
    return scores;
  };
  for (const char* name : {"hr@1", "hr@5", "ndcg@5", "ndcg@10"}) {
    EXPECT_THROW(check_consistent(broken(name, 0.9)), Error) << name;
  }
  EXPECT_THROW(check_consistent(broken("ndcg@10", std::nan(""))), Error);
}

}  // namespace
}  // namespace p5
