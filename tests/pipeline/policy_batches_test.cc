#include "pipeline/policy_batches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace p5 {
namespace {

using testing::ElementsAre;
using testing::FloatNear;

TEST(PolicyRewards, WrongItemsShareThePenaltyByTheirRanks) {
  // Ranks 1 to 4, the taken item at rank 2: the others weigh 1 / log2(2), 1 / log2(4) and 1 / log2(5).
  const std::vector<double> rewards = PolicyBatches::rewards_of(4, 1, 0.5, 2);
  const double sum = 1.0 + 0.5 + 1 / std::log2(5.0);
  EXPECT_DOUBLE_EQ(rewards[1], 0.5);
  EXPECT_DOUBLE_EQ(rewards[0], -2 * 1.0 / sum);
  EXPECT_DOUBLE_EQ(rewards[2], -2 * 0.5 / sum);
  EXPECT_DOUBLE_EQ(rewards[3], -2 * (1 / std::log2(5.0)) / sum);
  EXPECT_NEAR(rewards[0] + rewards[2] + rewards[3], -2, 1e-12);
  EXPECT_EQ(PolicyBatches::rewards_of(1, 0, 1, 1), std::vector<double>{1});
}

TEST(PolicyRewards, AdvantagesHaveMeanZeroAndDeviationOne) {
  EXPECT_THAT(PolicyBatches::advantages({1, -1}), ElementsAre(1, -1));
  EXPECT_THAT(PolicyBatches::advantages({3, 0, 0}),
              ElementsAre(FloatNear(std::sqrt(2.0f), 1e-6f), FloatNear(-std::sqrt(0.5f), 1e-6f),
                          FloatNear(-std::sqrt(0.5f), 1e-6f)));
  EXPECT_THAT(PolicyBatches::advantages({2, 2, 2}), ElementsAre(0, 0, 0));
}

}  // namespace
}  // namespace p5
