#include "corpus/rating_scale.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "p5/error.h"

namespace p5 {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr float kNone = std::numeric_limits<float>::quiet_NaN();

std::string learnt(const std::vector<float>& ratings) { return RatingScale::of(ratings).to_string(); }

TEST(RatingScale, IsLearntFromTheRatings) {
  EXPECT_EQ(learnt({}), "1..5");
  EXPECT_EQ(learnt({kNone, kNone}), "1..5");
  EXPECT_EQ(learnt({5, 4, 3, kNone}), "1..5");
  EXPECT_EQ(learnt({3, 4}), "1..5");
  EXPECT_EQ(learnt({0, 1, 1}), "0..1");
  EXPECT_EQ(learnt({1, 1}), "0..1");
  EXPECT_EQ(learnt({-1, 1}), "-1..1");
  EXPECT_EQ(learnt({-1, 0, 1}), "-1..1");
  EXPECT_EQ(learnt({-0.25f, 0.75f}), "-1..1:0");
  EXPECT_EQ(learnt({0.25f, 0.875f}), "0..1:0");
  EXPECT_EQ(learnt({0, 3, 5}), "0..5");
  EXPECT_EQ(learnt({0.5f, 3, 5}), "0.5..5:0.5");
  EXPECT_EQ(learnt({1, 3.5f, 5}), "1..5:0.5");
  EXPECT_EQ(learnt({1, 3.25f, 5}), "1..5:0");
  EXPECT_EQ(learnt({6, 7, 8, 9, 10}), "1..10");
  EXPECT_EQ(learnt({0, 7, 10}), "0..10");
  EXPECT_EQ(learnt({1, 4, 7}), "1..7");
  EXPECT_EQ(learnt({2, 7}), "1..10");
  EXPECT_EQ(learnt({-10, 3, 10}), "-10..10");
  EXPECT_EQ(learnt({-9.5f, 3.25f, 8}), "-10..10:0");
  EXPECT_EQ(learnt({0, 55, 100}), "0..100");
  EXPECT_EQ(learnt({12, 1200}), "12..1200");
  EXPECT_EQ(learnt({500, 500}), "0..500");
}

TEST(RatingScale, AFewOddRatingsDoNotChangeIt) {
  std::vector<float> ratings;
  for (int i = 0; i < 5000; ++i) ratings.push_back(static_cast<float>(1 + i % 5));
  ratings.push_back(0);
  ratings.push_back(99);
  EXPECT_EQ(learnt(ratings), "1..5");
  for (int i = 0; i < 50; ++i) ratings.push_back(0);
  EXPECT_EQ(learnt(ratings), "0..5");  // one in a hundred is no accident
}

TEST(RatingScale, HasAtMostElevenLevels) {
  EXPECT_THAT(RatingScale().levels(), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(RatingScale(0, 1, 1).levels(), ElementsAre(0, 1));
  EXPECT_THAT(RatingScale(-1, 1, 1).words(), ElementsAre("-1", "0", "1"));
  EXPECT_THAT(RatingScale(0.5, 5, 0.5).words(),
              ElementsAre("0.5", "1", "1.5", "2", "2.5", "3", "3.5", "4", "4.5", "5"));
  EXPECT_THAT(RatingScale(0, 100, 1).levels(), ElementsAre(0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100));
  EXPECT_THAT(RatingScale(-10, 10, 0).levels(), ElementsAre(-10, -8, -6, -4, -2, 0, 2, 4, 6, 8, 10));
  EXPECT_THAT(RatingScale(1, 5, 0).levels(), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(RatingScale(1, 100, 1).levels(), ElementsAre(1, 12, 23, 34, 45, 56, 67, 78, 89, 100));
  EXPECT_EQ(RatingScale(0, 1, 0).level_count(), 11u);
  EXPECT_EQ(RatingScale(1, 20, 1).level_count(), 11u);  // no even parts: between ratings
  EXPECT_EQ(RatingScale(1, 20, 1).level(10), 20);
}

TEST(RatingScale, PutsRatingsOnTheNearestLevel) {
  EXPECT_EQ(RatingScale().nearest_level(0), 1);
  EXPECT_EQ(RatingScale().nearest_level(3.4), 3);
  EXPECT_EQ(RatingScale().nearest_level(3.5), 4);
  EXPECT_EQ(RatingScale().nearest_level(10), 5);
  EXPECT_EQ(RatingScale(0, 100, 1).nearest_level(64), 60);
  EXPECT_EQ(RatingScale(-1, 1, 1).nearest_level(-0.4), 0);
}

TEST(RatingScale, LikesItsUpperQuarter) {
  EXPECT_FALSE(RatingScale().likes(3));
  EXPECT_TRUE(RatingScale().likes(3.5));
  EXPECT_TRUE(RatingScale().likes(4));
  EXPECT_TRUE(RatingScale(0, 1, 1).likes(1));
  EXPECT_FALSE(RatingScale(0, 1, 1).likes(0));
  EXPECT_FALSE(RatingScale(-1, 1, 1).likes(0));
  EXPECT_TRUE(RatingScale(1, 10, 1).likes(8));
  EXPECT_FALSE(RatingScale(1, 10, 1).likes(7));
  EXPECT_TRUE(RatingScale(0, 100, 1).likes(80));
  EXPECT_FALSE(RatingScale(0, 100, 1).likes(70));
}

TEST(RatingScale, IsReadAsItIsWritten) {
  for (const char* text : {"1..5", "0..1", "-1..1", "0.5..5:0.5", "-10..10:0", "0..100"}) {
    EXPECT_EQ(RatingScale::parse(text, "").to_string(), text);
  }
  EXPECT_EQ(RatingScale::parse("0..10:0.5", ""), RatingScale(0, 10, 0.5));
  for (const char* text : {"", "5", "..", "1..", "5..1", "1..1", "1..5:2.5", "1..5:-1", "1..x", "1..5:", "0..inf"}) {
    try {
      RatingScale::parse(text, "import.rating_scale");
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << text;
      EXPECT_THAT(error.what(), HasSubstr("import.rating_scale")) << text;
    }
  }
}

TEST(RatingScale, HasWords) {
  EXPECT_EQ(RatingScale().in_words(), "1 to 5");
  EXPECT_EQ(RatingScale(0, 1, 1).in_words(), "0 or 1");
  EXPECT_EQ(RatingScale(0.5, 5, 0.5).in_words(), "0.5 to 5 in steps of 0.5");
  EXPECT_EQ(RatingScale(-10, 10, 0).in_words(), "-10 to 10 with fractions");
  EXPECT_EQ(RatingScale().fine_word(4.26), "4.3");
  EXPECT_EQ(RatingScale(0, 100, 1).fine_word(73.4), "73");
  EXPECT_EQ(RatingScale(-1, 1, 1).fine_word(-0.01), "0.0");
  EXPECT_EQ(RatingScale(0, 1, 0).fine_word(0.333), "0.33");
}

}  // namespace
}  // namespace p5
