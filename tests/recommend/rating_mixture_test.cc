#include "recommend/rating_mixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "base/rng.h"

namespace p5 {
namespace {

// The truth is 0.5 + 0.3 a + 0.6 b, exactly.
TEST(RatingMixture, FindsTheSharesThatMadeTheTruth) {
  Rng rng(3, "mixture");
  std::vector<std::vector<double>> stars(2);
  std::vector<double> truth;
  for (int i = 0; i < 100; ++i) {
    stars[0].push_back(1 + 4 * rng.uniform());
    stars[1].push_back(1 + 4 * rng.uniform());
    truth.push_back(0.5 + 0.3 * stars[0].back() + 0.6 * stars[1].back());
  }
  const RatingMixture mixture = RatingMixture::fit({"p5", "b"}, stars, truth);
  EXPECT_NEAR(mixture.shares[0], 0.3, 1e-9);
  EXPECT_NEAR(mixture.shares[1], 0.6, 1e-9);
  EXPECT_NEAR(mixture.offset, 0.5, 1e-9);
  EXPECT_NEAR(mixture.of(std::vector{2.0, 3.0}, RatingScale()), 2.9, 1e-9);
  EXPECT_EQ(mixture.of(std::vector{5.0, 500.0}, RatingScale()), 5);
}

// A part that is the worse the higher it says gets nothing, and neither does one that says the same of every review.
TEST(RatingMixture, SharesAreNotNegative) {
  std::vector<std::vector<double>> stars(3);
  std::vector<double> truth;
  for (int i = 0; i < 40; ++i) {
    stars[0].push_back(i % 5);
    stars[1].push_back(4 - i % 5);
    stars[2].push_back(3);
    truth.push_back(i % 5);
  }
  const RatingMixture mixture = RatingMixture::fit({"a", "b", "c"}, stars, truth);
  EXPECT_THAT(mixture.shares, testing::ElementsAre(testing::DoubleNear(1, 1e-6), testing::DoubleNear(0, 1e-6), 0));
}

TEST(RatingMixture, TooFewReviewsTeachNone) {
  EXPECT_TRUE(
      RatingMixture::fit({"a", "b"}, {std::vector(19, 1.0), std::vector(19, 2.0)}, std::vector(19, 1.0)).parts.empty());
}

}  // namespace
}  // namespace p5
