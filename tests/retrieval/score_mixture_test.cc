#include "retrieval/score_mixture.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "retrieval/mixture_fit.h"

namespace p5 {
namespace {

// Two parts, three items in the pool, two outside.
CandidatePool pool_of(const std::vector<std::vector<double>>& p, const std::vector<std::vector<std::uint16_t>>& ranks) {
  CandidatePool pool{.part_count = p.size(), .items = {3, 5, 8}, .outside = 2, .ages = {0, 1, 0}};
  for (std::size_t part = 0; part < p.size(); ++part) {
    double inside = 0;
    for (const double each : p[part]) pool.log_p.push_back(static_cast<float>(std::log(each))), inside += each;
    pool.rest.push_back(static_cast<float>(std::log((1 - inside) / 2)));
    pool.ranks.insert(pool.ranks.end(), ranks[part].begin(), ranks[part].end());
  }
  return pool;
}

const CandidatePool kPool = pool_of({{0.5, 0.2, 0.1}, {0.1, 0.3, 0.4}}, {{1, 2, 3}, {0, 2, 1}});

TEST(ScoreMixture, ReciprocalRanksByHand) {
  const auto scores = mix(kPool, {.mode = FusionMode::kRrf, .weights = {0.5, 0.5}, .sharpness = {1, 1}});
  EXPECT_NEAR(std::exp(scores[0]), 0.5 / 61, 1e-7);
  EXPECT_NEAR(std::exp(scores[1]), 0.5 / 62 + 0.5 / 62, 1e-7);
  EXPECT_NEAR(std::exp(scores[2]), 0.5 / 63 + 0.5 / 61, 1e-7);
}

TEST(ScoreMixture, ProbabilitiesByHand) {
  const Mixture mixture{.mode = FusionMode::kProbability, .weights = {0.7, 0.3}, .sharpness = {2, 1}};
  const double z = 0.25 + 0.04 + 0.01 + 2 * 0.01;  // 0.1 is left to each of the two items outside
  const auto scores = mix(kPool, mixture);
  EXPECT_NEAR(std::exp(scores[0]), 0.7 * 0.25 / z + 0.3 * 0.1, 1e-6);
  EXPECT_NEAR(std::exp(scores[1]), 0.7 * 0.04 / z + 0.3 * 0.3, 1e-6);
}

TEST(ScoreMixture, LogarithmsByHand) {
  const auto scores = mix(kPool, {.mode = FusionMode::kLog, .weights = {0.7, 0.3}, .sharpness = {1, 1}});
  EXPECT_NEAR(scores[2], 0.7 * std::log(0.1) + 0.3 * std::log(0.4), 1e-6);
}

TEST(ScoreMixture, TheSeenBiasIsALogitOfTheHistory) {
  for (const FusionMode mode : {FusionMode::kRrf, FusionMode::kProbability, FusionMode::kLog}) {
    Mixture mixture{.mode = mode, .weights = {0.5, 0.5}, .sharpness = {1, 1}};
    const auto plain = mix(kPool, mixture);
    mixture.seen_bias = -2;
    const auto biased = mix(kPool, mixture);
    EXPECT_EQ(biased[0], plain[0]);
    EXPECT_FLOAT_EQ(biased[1], plain[1] - 2);
  }
}

TEST(ScoreMixture, OnePartRanksAsThatPart) {
  for (const FusionMode mode : {FusionMode::kRrf, FusionMode::kProbability, FusionMode::kLog}) {
    const auto scores = mix(kPool, Mixture::of_part(0, 2, mode));
    EXPECT_GT(scores[0], scores[1]);
    EXPECT_GT(scores[1], scores[2]);
  }
}

TEST(ScoreMixture, SharesSumToOneAndFollowTheTerms) {
  for (const FusionMode mode : {FusionMode::kRrf, FusionMode::kProbability, FusionMode::kLog}) {
    const Mixture mixture{.mode = mode, .weights = {0.6, 0.4}, .sharpness = {1, 1}};
    for (std::size_t item = 0; item < kPool.size(); ++item) {
      const auto shares = shares_of(kPool, mixture, item);
      EXPECT_NEAR(std::accumulate(shares.begin(), shares.end(), 0.0), 1, 1e-6);
    }
    EXPECT_GT(shares_of(kPool, mixture, 0)[0], shares_of(kPool, mixture, 2)[0]);
  }
  const auto shares =
      shares_of(kPool, {.mode = FusionMode::kProbability, .weights = {0.6, 0.4}, .sharpness = {1, 1}}, 1);
  EXPECT_NEAR(shares[0], 0.6 * 0.2 / (0.6 * 0.2 + 0.4 * 0.3), 1e-6);
}

TEST(RankOf, CountsTiesAgainstTheTarget) {
  const std::vector<float> scores{1, 2, 2, 0};
  EXPECT_EQ(rank_of(scores, 1), 2u);
  EXPECT_EQ(rank_of(scores, 3), 4u);
  EXPECT_NEAR(gain_at(3), 0.5, 1e-12);
  EXPECT_EQ(gain_at(11), 0);
}

}  // namespace
}  // namespace p5
