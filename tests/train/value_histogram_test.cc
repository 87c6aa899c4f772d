#include "train/value_histogram.h"

#include <gmock/gmock.h>

#include <limits>
#include <vector>

namespace p5 {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ValueHistogram, CountsByIntervals) {
  const std::vector<float> values = {-1, -0.5f, 0, 1, 1};
  const ValueHistogram histogram = histogram_of(values, 2);
  EXPECT_EQ(histogram.minimum, -1);
  EXPECT_EQ(histogram.maximum, 1);
  EXPECT_EQ(histogram.count, 5u);
  EXPECT_DOUBLE_EQ(histogram.sum, 0.5);
  EXPECT_DOUBLE_EQ(histogram.sum_of_squares, 3.25);
  EXPECT_THAT(histogram.limits, ElementsAre(0, 1));
  EXPECT_THAT(histogram.counts, ElementsAre(2, 3)) << "the largest value is in the last interval";
}

TEST(ValueHistogram, EqualValuesAndNone) {
  const std::vector<float> equal = {2, 2};
  EXPECT_THAT(histogram_of(equal).limits, ElementsAre(2));
  EXPECT_THAT(histogram_of(equal).counts, ElementsAre(2));
  EXPECT_THAT(histogram_of({}).counts, IsEmpty());
}

TEST(ValueHistogram, ValuesThatAreNotFiniteAreLeftOut) {
  const std::vector<float> values = {1, std::numeric_limits<float>::quiet_NaN(),
                                     std::numeric_limits<float>::infinity()};
  EXPECT_EQ(histogram_of(values).count, 1u);
}

}  // namespace
}  // namespace p5
