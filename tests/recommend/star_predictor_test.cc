#include "recommend/star_predictor.h"

#include <gtest/gtest.h>

namespace p5 {
namespace {

using Stars = AnswerOptions::Stars;

TEST(StarsOf, MeanMedianAndModeOfASkewedDistribution) {
  const StarDistribution distribution{0.1, 0.0, 0.2, 0.3, 0.4};
  EXPECT_NEAR(stars_of(distribution, Stars::kMean), 0.1 + 0.6 + 1.2 + 2.0, 1e-12);
  EXPECT_EQ(stars_of(distribution, Stars::kMedian), 4.0);
  EXPECT_EQ(stars_of(distribution, Stars::kMode), 5.0);
}

TEST(StarsOf, MedianTakesTheLowerOfTwoHalves) { EXPECT_EQ(stars_of({0.5, 0.0, 0.0, 0.0, 0.5}, Stars::kMedian), 1.0); }

TEST(StarsOf, MedianOfASumBelowOneIsStillAStar) {
  EXPECT_EQ(stars_of({0.0, 0.0, 0.0, 0.0, 0.49}, Stars::kMedian), 5.0);  // rounding must not lead off the scale
}

TEST(StarsOf, CertainAnswersAgree) {
  for (int star = 1; star <= 5; ++star) {
    StarDistribution certain{};
    certain[static_cast<std::size_t>(star - 1)] = 1.0;
    for (const Stars rule : {Stars::kMean, Stars::kMedian, Stars::kMode}) EXPECT_EQ(stars_of(certain, rule), star);
  }
}

}  // namespace
}  // namespace p5
