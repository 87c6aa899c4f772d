#include "recommend/mixed_ratings.h"

#include <gtest/gtest.h>

#include <numeric>

namespace p5 {
namespace {

double mean_of(const RatingDistribution& distribution, const RatingScale& scale) {
  double mean = 0;
  for (std::size_t level = 0; level < distribution.size(); ++level) mean += scale.level(level) * distribution[level];
  return mean;
}

TEST(MixedRatings, ATiltedDistributionHasTheMeanThatIsSaid) {
  const RatingScale scale;
  const RatingDistribution stars{0.1, 0.0, 0.2, 0.3, 0.4};
  for (const double wanted : {1.2, 2.5, 3.9, 4.8}) {
    const RatingDistribution tilted = MixedRatings::tilted(stars, wanted, scale);
    EXPECT_NEAR(mean_of(tilted, scale), wanted, 1e-6);
    EXPECT_NEAR(std::accumulate(tilted.begin(), tilted.end(), 0.0), 1, 1e-12);
  }
  // To its own mean: as it was, except that no level is impossible.
  const RatingDistribution same = MixedRatings::tilted(stars, mean_of(stars, scale), scale);
  for (std::size_t level = 0; level < stars.size(); ++level) EXPECT_NEAR(same[level], stars[level], 1e-3);
}

TEST(MixedRatings, OfTwoLevelsTheUpperOneIsTheProbability) {
  const RatingDistribution tilted = MixedRatings::tilted({0.5, 0.5}, 0.9, RatingScale(0, 1, 1));
  EXPECT_NEAR(tilted[1], 0.9, 1e-9);
}

}  // namespace
}  // namespace p5
