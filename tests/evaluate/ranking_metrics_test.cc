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

TEST(RankingMetrics, AveragesOverUsers) {
  RankingMetrics metrics;
  for (const std::size_t rank : {std::size_t{1}, std::size_t{3}, std::size_t{7}, kMiss}) metrics.add(rank);
  const RankingSummary summary = metrics.summary();
  EXPECT_EQ(summary.users, 4u);
  EXPECT_DOUBLE_EQ(summary.hr1, 0.25);
  EXPECT_DOUBLE_EQ(summary.hr5, 0.5);
  EXPECT_DOUBLE_EQ(summary.hr10, 0.75);
  EXPECT_DOUBLE_EQ(summary.ndcg5, (1.0 + 0.5) / 4);
  EXPECT_DOUBLE_EQ(summary.ndcg10, (1.0 + 0.5 + 1.0 / 3.0) / 4);
  EXPECT_DOUBLE_EQ(summary.mrr, (1.0 + 1.0 / 3.0 + 1.0 / 7.0) / 4);
}

TEST(RankingMetrics, IsZeroForNobody) {
  const RankingSummary summary = RankingMetrics().summary();
  EXPECT_EQ(summary.users, 0u);
  EXPECT_EQ(summary.mrr, 0.0);
}

TEST(RankingMetrics, Pitfall13StaysConsistentForAnyRanks) {
  Rng rng(1, "ranks");
  for (int round = 0; round < 50; ++round) {
    RankingMetrics metrics;
    for (std::uint64_t i = 0; i <= rng.below(200); ++i) metrics.add(static_cast<std::size_t>(rng.below(15)));
    EXPECT_NO_THROW(metrics.summary());
  }
}

TEST(RankingMetrics, RefusesWhatContradictsItself) {
  const RankingSummary sound{.users = 1, .hr1 = 0.1, .hr5 = 0.2, .hr10 = 0.3, .ndcg5 = 0.15, .ndcg10 = 0.2, .mrr = 0.1};
  EXPECT_NO_THROW(check_consistent(sound));
  for (double RankingSummary::*field :
       {&RankingSummary::hr1, &RankingSummary::hr5, &RankingSummary::ndcg5, &RankingSummary::ndcg10}) {
    RankingSummary broken = sound;
    broken.*field = 0.9;
    EXPECT_THROW(check_consistent(broken), Error);
  }
  RankingSummary broken = sound;
  broken.ndcg10 = std::nan("");
  EXPECT_THROW(check_consistent(broken), Error);
}

}  // namespace
}  // namespace p5
