#include "recommend/rating_calibration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "base/file.h"
#include "p5/error.h"
#include "recommend/generative_rating_predictor.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using ::testing::HasSubstr;

TEST(RatingCalibration, FindsTheLineOfLeastSquares) {
  // By hand: means 4, 4.5, 5 and stars 3, 5, 5: covariance 1/3, variance 1/6, so the slope is 2 and passes (4.5, 13/3).
  const std::vector<RatingCalibration::Pair> pairs{{4, 3}, {4.5, 5}, {5, 5}};
  const RatingCalibration line = RatingCalibration::fit(pairs);
  EXPECT_NEAR(line.slope, 2, 1e-9);
  EXPECT_NEAR(line.offset, 13.0 / 3 - 9, 1e-9);
  EXPECT_NEAR(line.stars(4.5, {}), 13.0 / 3, 1e-9);
}

TEST(RatingCalibration, StaysWithinTheScale) {
  const RatingCalibration line{.offset = -9, .slope = 3};
  EXPECT_EQ(line.stars(5, {}), 5);
  EXPECT_EQ(line.stars(3, {}), 1);
  EXPECT_EQ(line.stars(5, RatingScale(0, 10, 1)), 6);
  EXPECT_EQ(line.stars(3, RatingScale(0, 10, 1)), 0);
}

TEST(RatingCalibration, FewPairsChangeNothingAndEqualMeansGiveTheMeanOfTheStars) {
  EXPECT_EQ(RatingCalibration::fit({}), RatingCalibration());
  const std::vector<RatingCalibration::Pair> one{{4, 1}}, equal{{4, 1}, {4, 4}}, falling{{4, 5}, {5, 3}};
  EXPECT_EQ(RatingCalibration::fit(one), RatingCalibration());
  EXPECT_NEAR(RatingCalibration::fit(equal).stars(4, {}), 2.5, 1e-9);
  EXPECT_NEAR(RatingCalibration::fit(falling).stars(5, {}), 4, 1e-9);  // never turned around
}

TEST(RatingCalibration, IsReadAsItWasWrittenAndIsNothingWithoutAFile) {
  const test::TemporaryFolder folder;
  EXPECT_EQ(RatingCalibrations::load(folder / "stars.json").rating, RatingCalibration());
  EXPECT_EQ(RatingCalibrations::load(folder / "stars.json").words, 1);
  const RatingCalibrations stars{
      .rating = {.offset = 0.1, .slope = 0.7}, .review = {.offset = -1, .slope = 1.25}, .words = 0.75};
  stars.save(folder / "stars.json");
  const RatingCalibrations read = RatingCalibrations::load(folder / "stars.json");
  EXPECT_EQ(read.rating, stars.rating);
  EXPECT_EQ(read.review, stars.review);
  EXPECT_EQ(read.words, 0.75);
}

TEST(RatingCalibration, HostileFilesAreNamed) {
  const test::TemporaryFolder folder;
  for (const char* text : {"", "[]", "{}", R"({"version":1})", R"({"version":1,"rating":{"offset":"a","slope":1}})",
                           R"({"version":1,"rating":{"offset":1,"slope":1},"review":3})",
                           R"({"version":1,"rating":{"offset":1,"slope":1},"review":{"offset":1,"slope":1},)"
                           R"("review_words":1.5})"}) {
    write_file_atomically(folder / "stars.json", text);
    try {
      RatingCalibrations::load(folder / "stars.json");
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.subject(), ErrorSubject::kModel) << text;
      EXPECT_THAT(error.what(), HasSubstr("stars.json")) << text;
    }
  }
}

TEST(RatingCalibration, MovesTheMeanOfADistribution) {
  const RatingDistribution even{0.2, 0.2, 0.2, 0.2, 0.2};
  EXPECT_NEAR(stars_of(even, AnswerOptions::Stars::kCalibrated, {.offset = 1, .slope = 0.5}, {}), 2.5, 1e-9);
  EXPECT_NEAR(stars_of(even, AnswerOptions::Stars::kMean, {.offset = 1, .slope = 0.5}, {}), 3, 1e-9);
}

}  // namespace
}  // namespace p5
