#include "evaluate/paired_difference.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "base/rng.h"

namespace p5 {
namespace {

constexpr double kQuantile = 1.959964;

double root_mean(const std::vector<double>& squares) {
  return std::sqrt(std::accumulate(squares.begin(), squares.end(), 0.0) / static_cast<double>(squares.size()));
}

TEST(PairedDifference, IsTheMeanOfDifferencesAndTheirStandardErrors) {
  // Differences 1, 0, 2: their mean is 1, their deviation 1.
  const PairedDifference found = mean_difference(std::vector<double>{1, 2, 3}, std::vector<double>{0, 2, 1});
  EXPECT_DOUBLE_EQ(found.difference, 1);
  EXPECT_NEAR(found.margin, kQuantile / std::sqrt(3.0), 1e-9);
  EXPECT_FALSE(found.is_significant());
}

TEST(PairedDifference, WhatBothGetWrongAlikeIsNoLuck) {
  const std::vector<double> ours{0.5, 5.5, 100.5}, theirs{0, 5, 100};
  EXPECT_DOUBLE_EQ(mean_difference(ours, theirs).difference, 0.5);
  EXPECT_NEAR(mean_difference(ours, theirs).margin, 0, 1e-12);
  EXPECT_TRUE(mean_difference(ours, theirs).is_significant());
  EXPECT_TRUE(mean_difference(theirs, ours).is_significant());
  EXPECT_FALSE(mean_difference(ours, ours).is_significant());
}

TEST(PairedDifference, OneQuestionTellsNothing) {
  EXPECT_EQ(mean_difference(std::vector<double>{1}, std::vector<double>{0}).margin,
            std::numeric_limits<double>::infinity());
  EXPECT_FALSE(mean_difference(std::vector<double>{1}, std::vector<double>{0}).is_significant());
  EXPECT_FALSE(mean_difference({}, {}).is_significant());
}

TEST(PairedDifference, RootsWithoutErrorsAreZeroApart) {
  const std::vector<double> none{0, 0, 0};
  EXPECT_EQ(root_mean_difference(none, none).difference, 0);
  EXPECT_EQ(root_mean_difference(none, none).margin, 0);
}

// The delta method against the spread of the difference itself over resampled questions (Efron 1979).
TEST(PairedDifference, MarginOfRootsIsThatOfResampledQuestions) {
  Rng rng(3, "errors");
  std::vector<double> ours, theirs;
  for (int i = 0; i < 400; ++i) {
    const double shared = rng.normal(), own = 0.3 * rng.normal(), other = 0.2 * rng.normal();
    ours.push_back((shared + own) * (shared + own));
    theirs.push_back((shared + other) * (shared + other));
  }
  const PairedDifference found = root_mean_difference(ours, theirs);
  EXPECT_DOUBLE_EQ(found.difference, root_mean(ours) - root_mean(theirs));
  constexpr int kResamples = 4000;
  double sum = 0, squares = 0;
  std::vector<double> our_draw(ours.size()), their_draw(ours.size());
  for (int draw = 0; draw < kResamples; ++draw) {
    for (std::size_t i = 0; i < ours.size(); ++i) {
      const std::size_t at = rng.below(ours.size());
      our_draw[i] = ours[at];
      their_draw[i] = theirs[at];
    }
    const double difference = root_mean(our_draw) - root_mean(their_draw);
    sum += difference;
    squares += difference * difference;
  }
  const double mean = sum / kResamples;
  EXPECT_NEAR(found.margin, kQuantile * std::sqrt(squares / kResamples - mean * mean), 0.07 * found.margin);
}

}  // namespace
}  // namespace p5
