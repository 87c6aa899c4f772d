#include "base/rng.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace p5 {
namespace {

using ::testing::ElementsAreArray;
using ::testing::Not;

std::vector<std::uint64_t> draw(Rng rng, std::size_t count) {
  std::vector<std::uint64_t> values(count);
  for (auto& value : values) value = rng.next();
  return values;
}

TEST(Rng, FollowsThePublishedSequence) {
  // The first outputs of xoshiro256** from the state {1, 2, 3, 4}, as the authors' C code gives them.
  Rng rng(0, "");
  rng.set_state({1, 2, 3, 4});
  const std::vector<std::uint64_t> expected{11520,
                                            0,
                                            1509978240,
                                            1215971899390074240,
                                            1216172134540287360,
                                            607988272756665600,
                                            16172922978634559625ULL,
                                            8476171486693032832,
                                            10595114339597558777ULL,
                                            2904607092377533576};
  EXPECT_THAT(draw(rng, expected.size()), ElementsAreArray(expected));
}

TEST(Rng, SeedAndStreamNameDecideTheNumbers) {
  const auto numbers = draw(Rng(7, "negatives"), 8);
  EXPECT_THAT(draw(Rng(7, "negatives"), 8), ElementsAreArray(numbers));
  EXPECT_THAT(draw(Rng(8, "negatives"), 8), Not(ElementsAreArray(numbers)));
  EXPECT_THAT(draw(Rng(7, "shuffle"), 8), Not(ElementsAreArray(numbers)));
}

TEST(Rng, ContinuesFromASavedState) {
  Rng rng(3, "state");
  rng.normal();
  const Rng::State saved = rng.state();
  const double next = rng.normal();
  Rng restored(99, "another");
  restored.set_state(saved);
  EXPECT_EQ(restored.normal(), next);
  EXPECT_EQ(restored.state(), rng.state());
}

TEST(Rng, BelowIsUniform) {
  constexpr std::uint64_t kBound = 10;
  constexpr double kDraws = 100'000;
  std::vector<double> counts(kBound);
  Rng rng(1, "below");
  for (int i = 0; i < kDraws; ++i) {
    const std::uint64_t value = rng.below(kBound);
    ASSERT_LT(value, kBound);
    ++counts[value];
  }
  double chi_square = 0;
  for (const double count : counts) chi_square += std::pow(count - kDraws / kBound, 2) / (kDraws / kBound);
  EXPECT_LT(chi_square, 27.9);  // 9 degrees of freedom, 1 in 1000
}

TEST(Rng, BelowHasNoBiasForHugeBounds) {
  // Taking the remainder of 64 bits would put half of the numbers into the first third of [0, 3 * 2^62); scaling
  // without rejection would make every third value twice as likely.
  constexpr std::uint64_t kThird = 1ULL << 62;
  constexpr int kDraws = 30'000;
  std::vector<int> by_range(3), by_remainder(3);
  Rng rng(1, "bias");
  for (int i = 0; i < kDraws; ++i) {
    const std::uint64_t value = rng.below(3 * kThird);
    ++by_range.at(value / kThird);
    ++by_remainder[value % 3];
  }
  for (int i = 0; i < 3; ++i) {
    EXPECT_NEAR(by_range[i], kDraws / 3, 400);  // five standard deviations
    EXPECT_NEAR(by_remainder[i], kDraws / 3, 400);
  }
}

TEST(Rng, BelowOneIsZero) { EXPECT_EQ(Rng(1, "one").below(1), 0u); }

TEST(Rng, UniformFillsTheUnitInterval) {
  Rng rng(1, "uniform");
  double sum = 0, smallest = 1, largest = 0;
  constexpr int kDraws = 100'000;
  for (int i = 0; i < kDraws; ++i) {
    const double value = rng.uniform();
    sum += value;
    smallest = std::min(smallest, value);
    largest = std::max(largest, value);
  }
  EXPECT_GE(smallest, 0.0);
  EXPECT_LT(largest, 1.0);
  EXPECT_LT(smallest, 1e-3);
  EXPECT_GT(largest, 1 - 1e-3);
  EXPECT_NEAR(sum / kDraws, 0.5, 0.005);
}

TEST(Rng, NormalHasTheRightMoments) {
  Rng rng(1, "normal");
  constexpr int kDraws = 100'000;
  double sum = 0, squares = 0, beyond_two = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double value = rng.normal();
    ASSERT_TRUE(std::isfinite(value));
    sum += value;
    squares += value * value;
    beyond_two += std::abs(value) > 2 ? 1 : 0;
  }
  EXPECT_NEAR(sum / kDraws, 0, 0.015);
  EXPECT_NEAR(squares / kDraws, 1, 0.02);
  EXPECT_NEAR(beyond_two / kDraws, 0.0455, 0.003);
}

TEST(Rng, CoinIsFair) {
  Rng rng(1, "coin");
  int heads = 0;
  for (int i = 0; i < 10'000; ++i) heads += rng.coin() ? 1 : 0;
  EXPECT_NEAR(heads, 5000, 250);
}

TEST(Rng, ShuffleKeepsTheValuesAndReachesEveryOrder) {
  Rng rng(1, "shuffle");
  std::vector<int> seen(6);
  for (int round = 0; round < 6000; ++round) {
    std::vector<int> order{0, 1, 2};
    rng.shuffle(std::span(order));
    ASSERT_THAT(order, ::testing::UnorderedElementsAre(0, 1, 2));
    ++seen[order[0] * 2 + (order[1] > order[2] ? 1 : 0)];
  }
  for (const int count : seen) EXPECT_NEAR(count, 1000, 150);
  std::vector<int> empty;
  rng.shuffle(std::span(empty));
}

TEST(StableHash, ValuesAreFrozen) {
  // Ids on disk and seeds of streams are made from these values: they must never change.
  EXPECT_EQ(stable_hash(""), 0xc3817c016ba4ff30u);
  EXPECT_EQ(stable_hash("split"), 0xeb20f35369b6fe93u);
  EXPECT_EQ(stable_hash("split", 7), 0x2e43d3f48e26c673u);
}

}  // namespace
}  // namespace p5
