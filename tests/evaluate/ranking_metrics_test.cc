#include "evaluate/ranking_metrics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"
#include "p5/error.h"

namespace p5 {
namespace {

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

// A metric is one row: scores follow the rows, in their order, and what rows are compared by is kept per user.
TEST(RankingMetrics, HasAScoreForEveryRow) {
  RankingMetrics metrics;
  metrics.add(2);
  metrics.add(kMiss);
  const std::vector<Score> scores = metrics.scores(RankedBy::kList);
  ASSERT_EQ(scores.size(), ranking_metrics().size());
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const RankingMetric& metric = ranking_metrics()[i];
    EXPECT_EQ(scores[i].name, metric.name);
    EXPECT_EQ(scores[i].heading, metric.heading);
    EXPECT_EQ(scores[i].value, (metric.of_rank(2) + metric.of_rank(kMiss)) / 2);
    EXPECT_EQ(scores[i].within_list, metric.over_all_items);
    const std::vector<double> per_user{metric.of_rank(2), metric.of_rank(kMiss)};
    EXPECT_EQ(scores[i].per_question, metric.compared ? per_user : std::vector<double>());
  }
  for (const Score& score : metrics.scores()) EXPECT_FALSE(score.within_list);
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
