#include "evaluate/classification_metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/rng.h"

namespace p5 {
namespace {

// Said yes: 0.9 (right), 0.6 (wrong), 0.5 (right); said no: 0.4 (a yes missed), 0.1 (right). Accuracy 3/5; TP 2, FP 1,
// FN 1: F1 = 4/6. AUC: yes at 0.9, 0.5, 0.4 against no at 0.6, 0.1: 2 + 1 + 1 of 6 pairs.
TEST(ClassificationMetrics, AgreesWithHandCounts) {
  ClassificationMetrics metrics;
  metrics.add(true, 0.9);
  metrics.add(false, 0.6);
  metrics.add(true, 0.5);
  metrics.add(true, 0.4);
  metrics.add(false, 0.1);
  const ClassificationResult result = metrics.result();
  EXPECT_EQ(result.n, 5u);
  EXPECT_DOUBLE_EQ(result.accuracy, 0.6);
  EXPECT_DOUBLE_EQ(result.f1, 4.0 / 6);
  ASSERT_TRUE(result.auc.has_value());
  EXPECT_DOUBLE_EQ(*result.auc, 4.0 / 6);
  // The yes answers win 1, 1/2 and 1/2 of the no answers (variance 1/12), which lose 1/3 and 1 (variance 2/9).
  EXPECT_NEAR(result.auc_margin, 1.96 * std::sqrt(1.0 / 12 / 3 + 2.0 / 9 / 2), 1e-12);
}

// Probabilities that know nothing: the interval of most samples holds .5, and is about as wide as they spread.
TEST(ClassificationMetrics, TheIntervalOfAucHoldsTheTruthAsOftenAsItSays) {
  Rng rng(7, "auc");
  int held = 0;
  constexpr int kSamples = 400;
  for (int sample = 0; sample < kSamples; ++sample) {
    ClassificationMetrics metrics;
    for (int i = 0; i < 60; ++i) metrics.add(i % 3 == 0, rng.uniform());
    const ClassificationResult result = metrics.result();
    held += std::abs(*result.auc - 0.5) <= result.auc_margin ? 1 : 0;
  }
  EXPECT_GT(held, kSamples * 0.91);
  EXPECT_LT(held, kSamples * 0.985);
}

TEST(ClassificationMetrics, AnswersThatAreAllTheSameHaveAucOneHalf) {
  ClassificationMetrics metrics;
  for (const bool truth : {true, false, false, true, false}) metrics.add(truth, 0.3);
  EXPECT_DOUBLE_EQ(*metrics.result().auc, 0.5);
  EXPECT_EQ(metrics.result().f1, 0);  // no answer is yes
}

TEST(ClassificationMetrics, OneClassHasNoAuc) {
  ClassificationMetrics yes, no;
  yes.add(true, 0.8);
  yes.add(true, 0.7);
  no.add(false, 0.2);
  EXPECT_FALSE(yes.result().auc.has_value());
  EXPECT_EQ(yes.result().f1, 1);
  EXPECT_FALSE(no.result().auc.has_value());
  EXPECT_EQ(no.result().accuracy, 1);
  EXPECT_EQ(no.result().f1, 0);
  EXPECT_EQ(ClassificationMetrics().result().n, 0u);
  EXPECT_FALSE(ClassificationMetrics().result().auc.has_value());
}

TEST(ClassificationMetrics, AucIsTheShareOfPairsInOrder) {
  Rng rng(5, "auc");
  for (int round = 0; round < 50; ++round) {
    ClassificationMetrics metrics;
    std::vector<std::vector<double>> probabilities(2);
    for (int i = 0; i < 30; ++i) {
      const bool truth = i == 0 || (i > 1 && rng.coin());  // both classes occur
      const double probability = static_cast<double>(rng.below(8)) / 8;
      metrics.add(truth, probability);
      probabilities[truth].push_back(probability);
    }
    double won = 0;
    for (const double yes : probabilities[1]) {
      for (const double no : probabilities[0]) won += yes > no ? 1 : yes == no ? 0.5 : 0;
    }
    EXPECT_NEAR(*metrics.result().auc, won / static_cast<double>(probabilities[0].size() * probabilities[1].size()),
                1e-12);
  }
}

}  // namespace
}  // namespace p5
