#include "online/drift_window.h"

#include <gtest/gtest.h>

#include <cmath>

namespace p5 {
namespace {

TEST(DriftWindow, IsTheStabilityIndexOfSmoothedShares) {
  DriftWindow window(100);
  window.compare_with({6, 2, 0});
  for (const std::size_t bin : {0, 1, 1, 2}) window.add(bin);
  // Reference: 6.5, 2.5 and 0.5 of 9.5; window: 1.5, 2.5 and 1.5 of 5.5.
  double expected = 0;
  const double e[] = {6.5 / 9.5, 2.5 / 9.5, 0.5 / 9.5}, a[] = {1.5 / 5.5, 2.5 / 5.5, 1.5 / 5.5};
  for (int i = 0; i < 3; ++i) expected += (a[i] - e[i]) * std::log(a[i] / e[i]);
  EXPECT_NEAR(window.index().value(), expected, 1e-12);
  EXPECT_NEAR(window.shares()[1].expected, 0.25, 1e-12);
  EXPECT_NEAR(window.shares()[1].live, 0.5, 1e-12);
}

TEST(DriftWindow, ForgetsWhatIsOlderThanItsWindow) {
  DriftWindow window(4);
  window.compare_with({1, 1});
  for (int i = 0; i < 10; ++i) window.add(0);
  const double far = window.index().value();
  EXPECT_EQ(window.values(), 4U);
  for (const std::size_t bin : {1, 0, 1, 0}) window.add(bin);
  EXPECT_GT(far, 0.1);
  EXPECT_NEAR(window.index().value(), 0, 1e-12);
}

TEST(DriftWindow, SaysNothingWithoutReferenceOrValues) {
  DriftWindow window(4);
  EXPECT_FALSE(window.index());
  window.compare_with({1, 1});
  EXPECT_FALSE(window.index());
  window.add(1);
  EXPECT_TRUE(window.index());
  window.compare_with({1, 1});
  EXPECT_EQ(window.values(), 0U);
  EXPECT_FALSE(window.index());
}

}  // namespace
}  // namespace p5
