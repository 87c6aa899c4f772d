#include "search/successive_halving.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace p5 {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(SuccessiveHalving, BudgetsGrowByTheFactorToTheFullOne) {
  EXPECT_THAT(rung_budgets({.smallest = 100, .largest = 900, .factor = 3}), ElementsAre(100, 300, 900));
  EXPECT_THAT(rung_budgets({.smallest = 1, .largest = 1, .factor = 3}), ElementsAre(1));
  EXPECT_THAT(rung_budgets({.smallest = 100, .largest = 1000, .factor = 3}),
              ElementsAre(100, DoubleEq(1000.0 / 3), 1000));
  EXPECT_THAT(rung_budgets({.smallest = 100, .largest = 150, .factor = 3}), ElementsAre(100, 150));
}

TEST(SuccessiveHalving, TheBestShareGoesOn) {
  constexpr double kFailed = std::numeric_limits<double>::quiet_NaN();
  const double scores[] = {0.1, 0.5, kFailed, 0.4, 0.5, 0.2};
  EXPECT_THAT(promoted(scores, 2), ElementsAre(1, 4, 3));
  EXPECT_THAT(promoted(scores, 3), ElementsAre(1, 4));
  EXPECT_THAT(promoted(scores, 100), ElementsAre(1));
  const double failed[] = {kFailed, kFailed};
  EXPECT_THAT(promoted(failed, 2), IsEmpty());
}

}  // namespace
}  // namespace p5
