#include "retrieval/candidate_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "support/table_source.h"

namespace p5 {
namespace {

using testing::ElementsAre;
using Kind = ScoreRule::Kind;

constexpr ScoreRule kCounts{Kind::kCounts, 0.1};
constexpr ScoreRule kList{Kind::kList, 0};

class CandidatePoolTest : public testing::Test {
 protected:
  CandidatePool build(const CandidateQuery& query, std::size_t pool, std::size_t list, std::size_t k = 1) const {
    return PoolBuilder({{&dense_, kCounts}, {&list_, kList}}, 6, pool, list).build(std::span(&query, 1), k).front();
  }

  test::TableSource dense_{"dense", {{6, 3, 1, 0, 0, 0}}};
  test::ListingSource list_{"list", {{-9, -9, -9, std::log(0.1f), std::log(0.4f), std::log(0.2f)}}};
};

TEST_F(CandidatePoolTest, JoinsTheBestOfAllParts) {
  const CandidatePool pool = build({.user = 0}, 2, 2);
  EXPECT_THAT(pool.items, ElementsAre(0, 1, 4, 5));
  EXPECT_THAT(pool.ranks_of(0), ElementsAre(1, 2, 0, 0));
  EXPECT_THAT(pool.ranks_of(1), ElementsAre(0, 0, 1, 2));
  EXPECT_NEAR(std::exp(pool.log_p_of(0)[0]), 0.9 * 0.6 + 0.1 / 6, 1e-6);
  EXPECT_NEAR(std::exp(pool.log_p_of(0)[2]), 0.1 / 6, 1e-6);
  EXPECT_NEAR(std::exp(pool.log_p_of(1)[3]), 0.2, 1e-6);
  EXPECT_NEAR(std::exp(pool.log_p_of(1)[0]), 0.4 / 4, 1e-6);
}

// Items outside share what is left, so that each part is a distribution over all items.
TEST_F(CandidatePoolTest, EveryPartSumsToOne) {
  const CandidatePool pool = build({.user = 0}, 2, 2);
  EXPECT_EQ(pool.outside, 2u);
  for (std::size_t part = 0; part < 2; ++part) {
    double total = 2 * std::exp(static_cast<double>(pool.rest[part]));
    for (const float log_p : pool.log_p_of(part)) total += std::exp(static_cast<double>(log_p));
    EXPECT_NEAR(total, 1, 1e-5) << part;
  }
}

TEST_F(CandidatePoolTest, KnowsTheHistory) {
  const std::vector<ItemId> history{4, 1, 4, 99};
  const CandidatePool pool = build({.user = 0, .history = history}, 2, 2);
  EXPECT_EQ(pool.history_length, 4u);
  EXPECT_THAT(pool.ages, ElementsAre(0, 3, 2, 0));  // of items 0, 1, 4, 5
}

TEST_F(CandidatePoolTest, ExcludedItemsAreInNoPoolAndChangeNoProbability) {
  const std::vector<ItemId> exclude{0, 4};
  const CandidatePool open = build({.user = 0}, 3, 3), pool = build({.user = 0, .exclude = exclude}, 3, 3);
  EXPECT_EQ(pool.find(0), -1);
  EXPECT_EQ(pool.find(4), -1);
  const auto at = static_cast<std::size_t>(pool.find(1)), before = static_cast<std::size_t>(open.find(1));
  EXPECT_EQ(pool.log_p_of(0)[at], open.log_p_of(0)[before]);
}

TEST_F(CandidatePoolTest, CandidatesAreThePool) {
  const std::vector<ItemId> candidates{5, 1, 3, 1, 77};
  const CandidatePool pool = build({.user = 0, .candidates = candidates}, 1, 1);
  EXPECT_THAT(pool.items, ElementsAre(1, 3, 5));
  EXPECT_EQ(pool.outside, 0u);
  EXPECT_NEAR(std::exp(pool.log_p_of(0)[0]), 0.9 + 0.1 / 3, 1e-6);
  EXPECT_THAT(pool.ranks_of(1), ElementsAre(0, 0, 1));  // a list of one
}

TEST_F(CandidatePoolTest, UnknownItemsFillAListThatIsTooShort) {
  const test::TableSource few("few", {{1, 0, 0, 0}});
  const CandidateQuery query{.user = 0};
  const PoolBuilder builder({{&few, kCounts}}, 4, 2, 2);
  EXPECT_THAT(builder.build(std::span(&query, 1), 1).front().items, ElementsAre(0));
  EXPECT_THAT(builder.build(std::span(&query, 1), 3).front().items, ElementsAre(0, 1, 2));
}

}  // namespace
}  // namespace p5
