#include "retrieval/markov_source.h"

#include <gtest/gtest.h>

#include <vector>

#include "p5/error.h"
#include "retrieval/random_log.h"

namespace p5 {
namespace {

using test::scores_of;
using test::split_of;

TEST(MarkovSource, SmoothsStepsByPopularity) {
  MarkovOptions options;
  options.mass = 2;
  options.weights.history = 1;
  // Steps 1-2 twice, 1-3 once, 2-3 once; nothing follows 3. Items: 1 three times, 2 twice, 3 twice.
  const MarkovSource source(split_of({{1, 2, 3}, {1, 2}, {1, 3}}, 5), options);
  const double p1 = 3.0 / 7, p2 = 2.0 / 7, p3 = 2.0 / 7;
  auto scores = scores_of(source, {3, 1});
  EXPECT_NEAR(scores[1], 2 * p1 / 5, 1e-6);
  EXPECT_NEAR(scores[2], (2 + 2 * p2) / 5, 1e-6);
  EXPECT_NEAR(scores[3], (1 + 2 * p3) / 5, 1e-6);
  EXPECT_EQ(scores[4], 0.0f);
  scores = scores_of(source, {1, 3});  // the end of every history: popularity alone
  EXPECT_NEAR(scores[1], p1, 1e-6);
  EXPECT_NEAR(scores[2], p2, 1e-6);
  scores = scores_of(source, {});
  EXPECT_NEAR(scores[3], p3, 1e-6);
  scores = scores_of(source, {999});
  EXPECT_NEAR(scores[3], p3, 1e-6);
}

TEST(MarkovSource, MixesTheChainsOfTheLastItems) {
  MarkovOptions options;
  options.weights = {.history = 2, .recency = 0.5};
  const auto split = split_of({{1, 2, 3}, {1, 2}, {4, 3}}, 5);
  const MarkovSource mixed(split, options);
  options.weights.history = 1;
  const MarkovSource last(split, options);
  const auto of_both = scores_of(mixed, {3, 1, 4}), of_four = scores_of(last, {4}), of_one = scores_of(last, {1});
  for (ItemId item = 0; item < 5; ++item) EXPECT_NEAR(of_both[item], of_four[item] + 0.5 * of_one[item], 1e-6);
}

TEST(MarkovSource, ComesBackFromItsState) {
  const auto log = test::random_log(20, 10, 8, 1);
  const MarkovSource source(split_of(log, 10), {});
  const MarkovSource read(source.state(), {}, 10);
  EXPECT_EQ(scores_of(read, log[0]), scores_of(source, log[0]));
  EXPECT_THROW(MarkovSource(source.state(), {}, 11), Error);
}

}  // namespace
}  // namespace p5
