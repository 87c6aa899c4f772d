#include "evaluate/paired_bootstrap.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/rng.h"
#include "evaluate/paired_difference.h"

namespace p5 {
namespace {

std::vector<double> scores(std::size_t count, double mean, std::uint64_t seed) {
  Rng rng(seed, "scores");
  std::vector<double> values(count);
  for (double& value : values) value = mean + rng.normal();
  return values;
}

TEST(PairedBootstrap, AgreesWithTheNormalIntervalOnNormalScores) {
  const auto ours = scores(2000, 0.1, 1), theirs = scores(2000, 0, 2);
  const BootstrapInterval found = paired_bootstrap(ours, theirs, 2000);
  const PairedDifference normal = mean_difference(ours, theirs);
  EXPECT_NEAR(found.difference, normal.difference, 1e-12);
  EXPECT_NEAR(found.high - found.low, 2 * normal.margin, 0.1 * normal.margin);
  EXPECT_LT(found.low, found.difference);
  EXPECT_GT(found.high, found.difference);
}

// The same noise in both rows cancels: that is why the questions stay paired.
TEST(PairedBootstrap, NoiseThatBothShareIsNoUncertainty) {
  const auto theirs = scores(500, 0, 3);
  auto ours = theirs;
  for (double& value : ours) value += 0.01;
  const BootstrapInterval found = paired_bootstrap(ours, theirs);
  EXPECT_NEAR(found.low, 0.01, 1e-9);
  EXPECT_NEAR(found.high, 0.01, 1e-9);
  EXPECT_TRUE(found.is_significant());
}

TEST(PairedBootstrap, EqualRowsDoNotDiffer) {
  const auto row = scores(50, 0, 4);
  EXPECT_FALSE(paired_bootstrap(row, row).is_significant());
  EXPECT_EQ(paired_bootstrap({}, {}).difference, 0);
}

TEST(PairedBootstrap, SeedsDecide) {
  const auto ours = scores(100, 0.1, 5), theirs = scores(100, 0, 6);
  EXPECT_EQ(paired_bootstrap(ours, theirs, 100, 1).low, paired_bootstrap(ours, theirs, 100, 1).low);
  EXPECT_NE(paired_bootstrap(ours, theirs, 100, 1).low, paired_bootstrap(ours, theirs, 100, 2).low);
}

}  // namespace
}  // namespace p5
