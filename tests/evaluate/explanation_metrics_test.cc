#include "evaluate/explanation_metrics.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "base/rng.h"

namespace p5 {
namespace {

using Strings = std::vector<std::string>;

// Four texts, the last two the same: USR = 3/4. References have the features sound, price, strings, and none; the first
// and the third text hold theirs: FMR = 2/3. Of the four features, sound, strings and case are in some text: FCR =
// 3/4. Texts with each: sound 3, strings 3, case 1, price 0; pairs 3 + 3 + 0 + 0 = 6 of 6: DIV = 1.
TEST(ExplanationMetrics, AgreesWithHandCounts) {
  ExplanationMetrics metrics(Strings{"sound", "price", "strings", "case"});
  metrics.add("The sound is great.", "sound");
  metrics.add("A sturdy case, and the strings are fine", "price");
  metrics.add("the strings have a bright sound", "strings");
  metrics.add("The strings have a bright sound!", "");
  const ExplanationResult result = metrics.result();
  EXPECT_EQ(result.n, 4u);
  EXPECT_EQ(result.with_feature, 3u);
  EXPECT_DOUBLE_EQ(result.usr, 3.0 / 4);
  EXPECT_DOUBLE_EQ(result.fmr, 2.0 / 3);
  EXPECT_DOUBLE_EQ(result.fcr, 3.0 / 4);
  EXPECT_DOUBLE_EQ(result.div, 1.0);
}

TEST(ExplanationMetrics, FeaturesOfSeveralWordsStandInOnePiece) {
  ExplanationMetrics metrics(Strings{"battery life"});
  metrics.add("Battery life is long", "battery life");
  metrics.add("the life of the battery is long", "battery life");
  EXPECT_DOUBLE_EQ(metrics.result().fmr, 0.5);
  EXPECT_DOUBLE_EQ(metrics.result().fcr, 1.0);
}

// A feature is a word, not a piece of one.
TEST(ExplanationMetrics, WordsMustMatchWhole) {
  ExplanationMetrics metrics(Strings{"string"});
  metrics.add("new strings", "string");
  EXPECT_EQ(metrics.result().fmr, 0);
  EXPECT_EQ(metrics.result().fcr, 0);
}

TEST(ExplanationMetrics, CornerCases) {
  const ExplanationResult nothing = ExplanationMetrics(Strings{"sound"}).result();
  EXPECT_EQ(nothing.n, 0u);
  EXPECT_EQ(nothing.usr + nothing.fmr + nothing.fcr + nothing.div, 0);

  ExplanationMetrics no_features(Strings{"", "..."});
  no_features.add("", "");
  const ExplanationResult empty = no_features.result();
  EXPECT_EQ(empty.usr, 1);
  EXPECT_EQ(empty.fmr, 0);
  EXPECT_EQ(empty.fcr, 0);
  EXPECT_EQ(empty.div, 0);

  ExplanationMetrics one(Strings{"sound", "sound"});
  one.add("sound", "sound");
  EXPECT_EQ(one.result().usr, 1);
  EXPECT_EQ(one.result().fmr, 1);
  EXPECT_EQ(one.result().fcr, 1);  // a repeated feature is one
  EXPECT_EQ(one.result().div, 0);  // no pair
}

// The linear sum is the quadratic definition.
TEST(ExplanationMetrics, Pitfall32DivIsThatOfAllPairs) {
  Rng rng(11, "explanations");
  const Strings features{"sound", "price", "strings", "case", "tuner", "battery life"};
  for (int round = 0; round < 50; ++round) {
    ExplanationMetrics metrics(features);
    std::vector<std::set<std::string>> held;
    const std::size_t texts = 2 + rng.below(12);
    for (std::size_t i = 0; i < texts; ++i) {
      std::string text = "it";
      std::set<std::string> own;
      for (std::size_t word = rng.below(6); word > 0; --word) {
        const std::string& feature = features[rng.below(features.size())];
        text += " is " + feature;
        own.insert(feature);
      }
      metrics.add(text, "");
      held.push_back(own);
    }
    double shared = 0, pairs = 0;
    for (std::size_t i = 0; i < texts; ++i) {
      for (std::size_t j = i + 1; j < texts; ++j) {
        for (const auto& feature : held[i]) shared += static_cast<double>(held[j].count(feature));
        ++pairs;
      }
    }
    EXPECT_NEAR(metrics.result().div, shared / pairs, 1e-12);
  }
}

}  // namespace
}  // namespace p5
