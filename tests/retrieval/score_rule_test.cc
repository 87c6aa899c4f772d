#include "retrieval/score_rule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace p5 {
namespace {

using Kind = ScoreRule::Kind;

TEST(ScoreRule, CountsAreSharesWithAnEvenFloor) {
  const std::vector<float> scores{3, 1, 0, -2};
  std::vector<float> logs(4);
  log_probabilities({Kind::kCounts, 0.1}, scores, logs);
  EXPECT_NEAR(std::exp(logs[0]), 0.9 * 0.75 + 0.025, 1e-6);
  EXPECT_NEAR(std::exp(logs[1]), 0.9 * 0.25 + 0.025, 1e-6);
  EXPECT_NEAR(std::exp(logs[2]), 0.025, 1e-6);
  EXPECT_EQ(logs[2], logs[3]);
}

TEST(ScoreRule, CountsOfNothingAreEven) {
  const std::vector<float> scores{0, 0, 0, 0};
  std::vector<float> logs(4);
  log_probabilities({Kind::kCounts, 0.01}, scores, logs);
  for (const float log_p : logs) EXPECT_NEAR(log_p, std::log(0.25), 1e-6);
}

TEST(ScoreRule, LogitsGoThroughASoftmax) {
  const std::vector<float> scores{1, 0, -std::numeric_limits<float>::infinity()};
  std::vector<float> logs(3);
  log_probabilities({Kind::kLogits, 2}, scores, logs);
  const double total = std::exp(2.0) + 1;
  EXPECT_NEAR(logs[0], 2 - std::log(total), 1e-6);
  EXPECT_NEAR(logs[1], -std::log(total), 1e-6);
  EXPECT_EQ(logs[2], -std::numeric_limits<float>::infinity());
}

TEST(ScoreRule, AListLeavesTheRestToAllOthers) {
  const std::vector<Candidate> list{{.item = 7, .score = std::log(0.5f)}, {.item = 2, .score = std::log(0.3f)}};
  const ListProbabilities found = list_probabilities(list, 12);
  EXPECT_NEAR(found.listed[0], std::log(0.5), 1e-6);
  EXPECT_NEAR(found.other, std::log(0.2 / 10), 1e-5);
}

TEST(ScoreRule, NoItemOutsideAListIsLikelierThanTheLastInIt) {
  const std::vector<Candidate> list{{.item = 7, .score = std::log(0.2f)}, {.item = 2, .score = std::log(0.001f)}};
  const ListProbabilities found = list_probabilities(list, 4);
  EXPECT_FLOAT_EQ(found.other, found.listed[1]);
}

// Scores whose softmax is the true distribution are found to be logits, true shares to be counts.
TEST(ScoreRule, TheLikeliestRuleIsChosen) {
  const std::vector<double> truth{0.5, 0.25, 0.15, 0.1};
  std::vector<float> logits, counts;
  for (const double p : truth) {
    logits.push_back(static_cast<float>(std::log(p) / 4));
    counts.push_back(static_cast<float>(100 * p));
  }
  ScoreRuleChoice of_logits, of_counts;
  for (std::size_t item = 0; item < truth.size(); ++item) {
    for (int times = 0; times < static_cast<int>(20 * truth[item]); ++times) {
      of_logits.add(logits, static_cast<ItemId>(item));
      of_counts.add(counts, static_cast<ItemId>(item));
    }
  }
  EXPECT_EQ(of_logits.best(), (ScoreRule{Kind::kLogits, 4}));
  EXPECT_EQ(of_counts.best().kind, Kind::kCounts);
}

}  // namespace
}  // namespace p5
