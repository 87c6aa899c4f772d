#include "base/tenths.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <numeric>

namespace p5 {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Tenths, HoldEquallyManyNumbers) {
  std::vector<double> numbers(100);
  std::iota(numbers.rbegin(), numbers.rend(), 0.0);
  const std::vector<double> edges = edges_of_tenths(numbers);
  EXPECT_THAT(edges, ElementsAre(10, 20, 30, 40, 50, 60, 70, 80, 90));
  std::vector<int> sizes(10);
  for (const double number : numbers) ++sizes[tenth_of(number, edges)];
  EXPECT_THAT(sizes, testing::Each(10));
  EXPECT_EQ(tenth_of(-5, edges), 0U);
  EXPECT_EQ(tenth_of(9.9, edges), 0U);
  EXPECT_EQ(tenth_of(10, edges), 1U);
  EXPECT_EQ(tenth_of(1e9, edges), 9U);
}

TEST(Tenths, EqualNumbersAreInOneGroup) {
  EXPECT_THAT(edges_of_tenths({1, 1, 1, 1, 1, 1, 2, 2, 2, 3}), ElementsAre(2, 3));
  EXPECT_THAT(edges_of_tenths({4, 4, 4}), IsEmpty());
  EXPECT_EQ(tenth_of(4, {}), 0U);
}

TEST(Tenths, LeaveOutWhatIsNotFinite) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(edges_of_tenths({kNone, 1, 2, std::numeric_limits<double>::infinity()}), ElementsAre(2));
  EXPECT_THAT(edges_of_tenths({}), IsEmpty());
}

}  // namespace
}  // namespace p5
