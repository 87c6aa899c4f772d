#include "recommend/star_calibration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "base/file.h"
#include "p5/error.h"
#include "recommend/star_predictor.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using ::testing::HasSubstr;

TEST(StarCalibration, FindsTheLineOfLeastSquares) {
  // By hand: means 4, 4.5, 5 and stars 3, 5, 5: covariance 1/3, variance 1/6, so the slope is 2 and passes (4.5, 13/3).
  const std::vector<StarCalibration::Pair> pairs{{4, 3}, {4.5, 5}, {5, 5}};
  const StarCalibration line = StarCalibration::fit(pairs);
  EXPECT_NEAR(line.slope, 2, 1e-9);
  EXPECT_NEAR(line.offset, 13.0 / 3 - 9, 1e-9);
  EXPECT_NEAR(line.stars(4.5), 13.0 / 3, 1e-9);
}

TEST(StarCalibration, StaysWithinTheScale) {
  const StarCalibration line{.offset = -9, .slope = 3};
  EXPECT_EQ(line.stars(5), 5);
  EXPECT_EQ(line.stars(3), 1);
}

TEST(StarCalibration, FewPairsChangeNothingAndEqualMeansGiveTheMeanOfTheStars) {
  EXPECT_EQ(StarCalibration::fit({}), StarCalibration());
  const std::vector<StarCalibration::Pair> one{{4, 1}}, equal{{4, 1}, {4, 4}}, falling{{4, 5}, {5, 3}};
  EXPECT_EQ(StarCalibration::fit(one), StarCalibration());
  EXPECT_NEAR(StarCalibration::fit(equal).stars(4), 2.5, 1e-9);
  EXPECT_NEAR(StarCalibration::fit(falling).stars(5), 4, 1e-9);  // never turned around
}

TEST(StarCalibration, IsReadAsItWasWrittenAndIsNothingWithoutAFile) {
  const test::TemporaryFolder folder;
  EXPECT_EQ(StarCalibrations::load(folder / "stars.json").rating, StarCalibration());
  const StarCalibrations stars{.rating = {.offset = 0.1, .slope = 0.7}, .review = {.offset = -1, .slope = 1.25}};
  stars.save(folder / "stars.json");
  const StarCalibrations read = StarCalibrations::load(folder / "stars.json");
  EXPECT_EQ(read.rating, stars.rating);
  EXPECT_EQ(read.review, stars.review);
}

TEST(StarCalibration, HostileFilesAreNamed) {
  const test::TemporaryFolder folder;
  for (const char* text : {"", "[]", "{}", R"({"version":1})", R"({"version":1,"rating":{"offset":"a","slope":1}})",
                           R"({"version":1,"rating":{"offset":1,"slope":1},"review":3})"}) {
    write_file_atomically(folder / "stars.json", text);
    try {
      StarCalibrations::load(folder / "stars.json");
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.subject(), ErrorSubject::kModel) << text;
      EXPECT_THAT(error.what(), HasSubstr("stars.json")) << text;
    }
  }
}

TEST(StarCalibration, MovesTheMeanOfADistribution) {
  const StarDistribution even{0.2, 0.2, 0.2, 0.2, 0.2};
  EXPECT_NEAR(stars_of(even, AnswerOptions::Stars::kCalibrated, {.offset = 1, .slope = 0.5}), 2.5, 1e-9);
  EXPECT_NEAR(stars_of(even, AnswerOptions::Stars::kMean, {.offset = 1, .slope = 0.5}), 3, 1e-9);
}

}  // namespace
}  // namespace p5
