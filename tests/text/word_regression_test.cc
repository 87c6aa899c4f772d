#include "text/word_regression.h"

#include <gtest/gtest.h>

#include <cmath>

#include "text/lbfgs.h"

namespace p5 {
namespace {

TEST(Lbfgs, FindsTheMinimumOfASkewedBowl) {
  const auto bowl = [](std::span<const double> x, std::span<double> gradient) {
    double value = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double steep = std::pow(10.0, static_cast<double>(i)), off = x[i] - static_cast<double>(i);
      value += 0.5 * steep * off * off;
      gradient[i] = steep * off;
    }
    return value;
  };
  const auto found = minimize_lbfgs(bowl, std::vector<double>(4, 0.0), {.iterations = 100, .tolerance = 1e-9});
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], static_cast<double>(i), 1e-5);
}

TEST(Lbfgs, StaysWhereNothingIsToBeGained) {
  const auto flat = [](std::span<const double>, std::span<double> gradient) {
    std::fill(gradient.begin(), gradient.end(), 0.0);
    return 1.0;
  };
  EXPECT_EQ(minimize_lbfgs(flat, {3.0}, {}), std::vector<double>{3.0});
}

WeightedWords words(std::initializer_list<const char*> texts) {
  WeightedWords found;
  for (const char* text : texts) found.push_back({text, 1.0f});
  return found;
}

LabelledTexts reviews() {
  LabelledTexts texts;
  for (int i = 0; i < 20; ++i) {
    texts.add(words({"good", "sound"}), 2);
    texts.add(words({"so", "sound"}), 1);
    if (i % 2 == 0) texts.add(words({"bad", "sound"}), 0);
  }
  return texts;
}

TEST(WordRegression, TellsClassesByTheirWords) {
  for (const std::size_t low_below : {0, 1}) {
    const auto regression = WordRegression::fit(reviews(), {.classes = 3, .low_below = low_below});
    EXPECT_EQ(regression.words(), (std::vector<std::string>{"bad", "good", "so", "sound"}));
    EXPECT_GT(regression.probabilities(words({"good"}))[2], 0.8);
    EXPECT_GT(regression.probabilities(words({"bad", "sound"}))[0], 0.7);
    const auto unknown = regression.probabilities(words({"never", "seen"}));
    EXPECT_NEAR(unknown[0] + unknown[1] + unknown[2], 1, 1e-9);
    EXPECT_LT(unknown[0], unknown[1]);  // as often as in training
  }
}

TEST(WordRegression, GivesTheSharesOfTheClassesWithoutWords) {
  LabelledTexts texts;
  for (int i = 0; i < 30; ++i) texts.add({}, i % 3 == 0 ? 0 : 1);
  const auto regression = WordRegression::fit(texts, {.classes = 2});
  EXPECT_NEAR(regression.probabilities({})[0], 1.0 / 3, 1e-3);
}

TEST(WordRegression, PassesOverRareWords) {
  LabelledTexts texts = reviews();
  texts.add(words({"once"}), 0);
  EXPECT_EQ(WordRegression::fit(texts, {.classes = 3}).words().size(), 4u);
}

TEST(WordRegression, IsTheSameWhenItIsMadeOfItsParts) {
  const auto fitted = WordRegression::fit(reviews(), {.classes = 3, .low_below = 1});
  const WordRegression again(fitted.words(), fitted.weights(), fitted.classes());
  EXPECT_EQ(again.probabilities(words({"bad", "so"})), fitted.probabilities(words({"bad", "so"})));
}

}  // namespace
}  // namespace p5
