#include "pipeline/teacher.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace p5 {
namespace {

TEST(TaughtShares, OfLogarithmsAreASoftmax) {
  const std::vector<Neighbor> shares = taught_shares({{5, std::log(0.6f)}, {2, std::log(0.2f)}}, true, 1.0);
  ASSERT_EQ(shares.size(), 2u);
  EXPECT_EQ(shares[0].item, 5u);
  EXPECT_NEAR(shares[0].share, 0.75, 1e-6);
  EXPECT_NEAR(shares[1].share, 0.25, 1e-6);
}

TEST(TaughtShares, OfOtherScoresAreTheirShares) {
  const std::vector<Neighbor> shares = taught_shares({{5, 6.0f}, {2, 2.0f}, {3, 0.0f}}, false, 1.0);
  ASSERT_EQ(shares.size(), 2u) << "an item without a score has no share";
  EXPECT_NEAR(shares[0].share, 0.75, 1e-6);
}

// p^(1/2): of 0.8 and 0.2, 2 to 1.
TEST(TaughtShares, AreMoreEvenWhenTheTemperatureIsHigher) {
  for (const bool logarithms : {false, true}) {
    const float high = logarithms ? std::log(0.8f) : 0.8f, low = logarithms ? std::log(0.2f) : 0.2f;
    const std::vector<Neighbor> shares = taught_shares({{1, high}, {2, low}}, logarithms, 2.0);
    EXPECT_NEAR(shares[0].share, 2.0 / 3, 1e-6);
    EXPECT_NEAR(shares[1].share, 1.0 / 3, 1e-6);
  }
}

TEST(TaughtShares, OfNothingAreNothing) { EXPECT_TRUE(taught_shares({}, true, 1.0).empty()); }

}  // namespace
}  // namespace p5
