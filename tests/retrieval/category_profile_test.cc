#include "retrieval/category_profile.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "support/fake_corpus.h"

namespace p5 {
namespace {

TEST(CategoryProfile, DividesAnItemAmongItsCategories) {
  const test::FakeCorpus corpus(
      test::FakeData{.histories = {{0}}, .items = 3, .categories = {{"drama"}, {"drama", "war"}, {}}});
  const CategoryProfile profile(corpus.catalog());
  const std::vector<ItemId> items{0, 1, 2};
  const auto shares = profile.of(items);
  ASSERT_EQ(shares.size(), 2u);
  EXPECT_DOUBLE_EQ(shares[0], 0.75);  // (1 + 1/2) / 2: the third item counts nothing
  EXPECT_DOUBLE_EQ(shares[1], 0.25);
  const std::vector<ItemId> unknown{2};
  EXPECT_EQ(profile.of(unknown), (std::vector<double>{0, 0}));
}

// Steck 2018: KL(p || q~) with q~ = .99 q + .01 p.
TEST(Miscalibration, IsTheDivergenceByHand) {
  const std::vector<double> p{0.7, 0.3}, q{0.5, 0.5}, none{0, 0};
  const double expected =
      0.7 * std::log(0.7 / (0.99 * 0.5 + 0.01 * 0.7)) + 0.3 * std::log(0.3 / (0.99 * 0.5 + 0.01 * 0.3));
  EXPECT_NEAR(miscalibration(p, q), expected, 1e-12);
  EXPECT_NEAR(miscalibration(p, p), 0, 1e-12);
  EXPECT_NEAR(miscalibration(p, none), std::log(100.0), 1e-12);  // its greatest value
}

}  // namespace
}  // namespace p5
