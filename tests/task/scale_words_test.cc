#include "task/scale_words.h"

#include <gtest/gtest.h>

namespace p5 {
namespace {

TEST(ScaleWords, SpeakOfTheEndsOfAScale) {
  const auto five = scale_words(RatingScale());
  EXPECT_EQ(five.at(Slot::kLowest), "1");
  EXPECT_EQ(five.at(Slot::kHighest), "5");
  EXPECT_EQ(five.at(Slot::kLowestWord), "one");
  EXPECT_EQ(five.at(Slot::kHighestWord), "five");
  EXPECT_EQ(five.at(Slot::kLowestStars), "one star");
  const auto percent = scale_words(RatingScale(0, 100, 1));
  EXPECT_EQ(percent.at(Slot::kLowestStars), "zero stars");
  EXPECT_EQ(percent.at(Slot::kHighestWord), "100");
  const auto opinion = scale_words(RatingScale(-1, 1, 1));
  EXPECT_EQ(opinion.at(Slot::kLowest), "-1");
  EXPECT_EQ(opinion.at(Slot::kLowestWord), "minus one");
  EXPECT_EQ(scale_words(RatingScale(0.5, 5, 0.5)).at(Slot::kLowestWord), "0.5");
  for (const auto& [slot, words] : five) EXPECT_TRUE(kScaleSlots.contains(slot)) << words;
}

}  // namespace
}  // namespace p5
