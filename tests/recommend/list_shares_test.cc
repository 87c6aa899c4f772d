#include "recommend/list_shares.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace p5 {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(ListShares, OfLogarithmsAreThoseOfTheirExponentials) {
  const std::vector<double> scores{std::log(0.3), std::log(0.1)};
  for (const char* kind : {"log-probability", "log-score", "logit"}) {
    EXPECT_THAT(list_shares(scores, kind), ElementsAre(DoubleNear(0.75, 1e-12), DoubleNear(0.25, 1e-12))) << kind;
  }
  EXPECT_THAT(list_shares(std::vector<double>{-2000, -2000}, "logit"), ElementsAre(0.5, 0.5));
}

TEST(ListShares, OfPlainScoresAreParts) {
  EXPECT_THAT(list_shares(std::vector<double>{3, 1, 0, -4}, "score"), ElementsAre(0.75, 0.25, 0, 0));
  EXPECT_THAT(list_shares(std::vector<double>{0, 0}, "score"), ElementsAre(0.5, 0.5));
  EXPECT_THAT(list_shares({}, "score"), IsEmpty());
}

}  // namespace
}  // namespace p5
