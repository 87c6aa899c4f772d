#include "task/rating_bands.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "task/rating_sampler.h"
#include "task/task_world.h"

namespace p5 {
namespace {

TEST(RatingBands, AreGaussianAroundTheMiddleOfTheBand) {
  const double middles[] = {1.2, 1.95, 2.95, 3.95, 4.75}, widths[] = {0.4, 0.9, 0.9, 0.9, 0.5};
  std::set<std::string> answers;
  for (int star = 1; star <= 5; ++star) {
    Rng rng(1, "bands");
    double sum = 0, squares = 0;
    constexpr int kDraws = 20000;
    for (int i = 0; i < kDraws; ++i) {
      const std::string text = draw_band_rating(static_cast<std::size_t>(star - 1), RatingScale(), rng);
      ASSERT_EQ(text.size(), 3u);
      ASSERT_EQ(text[1], '.');
      const double value = std::stod(text);
      ASSERT_GE(value, 1);
      ASSERT_LE(value, 5);
      sum += value;
      squares += value * value;
      answers.insert(text);
    }
    const double mean = sum / kDraws;
    EXPECT_NEAR(mean, middles[star - 1], 0.01);  // cutting to [1, 5] moves the outer bands by less
    EXPECT_NEAR(std::sqrt(squares / kDraws - mean * mean), widths[star - 1] / 4, 0.02);
  }
  EXPECT_LE(answers.size(), 41u);
  EXPECT_GE(answers.size(), 38u);
}

TEST(RatingBands, TakeTheStepsOfTheirScale) {
  EXPECT_EQ(band_words(RatingScale()).size(), 41u);
  EXPECT_EQ(band_words(RatingScale()).front(), "1.0");
  EXPECT_EQ(band_words(RatingScale())[14], "2.4");
  EXPECT_EQ(band_levels(RatingScale())[14], 1u);
  EXPECT_EQ(band_levels(RatingScale())[15], 2u);
  const RatingScale percent(0, 100, 1);
  const std::vector<std::string> words = band_words(percent);
  EXPECT_EQ(words.size(), 101u);
  EXPECT_EQ(words[37], "37");
  EXPECT_EQ(band_words(RatingScale(-1, 1, 1))[10], "0.0");
  EXPECT_EQ(band_words(RatingScale(0.5, 5, 0.5))[1], "0.55");
  Rng rng(1, "bands");
  double sum = 0;
  for (int i = 0; i < 2000; ++i) {
    const std::string drawn = draw_band_rating(7, percent, rng);
    ASSERT_TRUE(std::find(words.begin(), words.end(), drawn) != words.end()) << drawn;
    sum += std::stod(drawn);
  }
  EXPECT_NEAR(sum / 2000, 69.5, 0.5);  // of 65 to 74
}

TEST(RatingBands, AreForStarTargetsInTrainingAlone) {
  const auto data = test::make_data();
  const test::SampledFamily<RatingSampler> task(kRatingFamily, data, {.prompts = {"1-1", "1-3"}, .rating_bands = true});
  Rng rng(2, "test");
  std::size_t decimals = 0, stars = 0;
  for (std::size_t i = 0; i < task.size(); ++i) {
    const TaskExample example = task.sample(i, rng);
    const std::string source = test::words_of(example.source), target = test::words_of(example.target);
    EXPECT_EQ(source.find("."), source.size() - 1) << source;  // proposed stars stay whole
    if (example.prompt_id != "1-1") continue;
    ++stars;
    decimals += target.find('.') == 1 ? 1 : 0;
  }
  EXPECT_GT(stars, 50u);
  EXPECT_EQ(decimals, stars);
  EXPECT_EQ(test::words_of(task.ask_stars(0, 1, "1-1", 4).target), "4");
  const test::SampledFamily<RatingSampler> plain(kRatingFamily, data, {.prompts = {"1-1"}});
  EXPECT_EQ(test::words_of(plain.sample(0, rng).target).size(), 1u);
}

}  // namespace
}  // namespace p5
