#include "recommend/generative_rating_predictor.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numeric>

#include "p5/error.h"
#include "recommend/answer_world.h"
#include "support/fake_sequence_model.h"

namespace p5 {
namespace {

using Stars = AnswerOptions::Stars;

TEST(StarsOf, MeanMedianAndModeOfASkewedDistribution) {
  const RatingDistribution distribution{0.1, 0.0, 0.2, 0.3, 0.4};
  EXPECT_NEAR(stars_of(distribution, Stars::kMean, {}, {}), 0.1 + 0.6 + 1.2 + 2.0, 1e-12);
  EXPECT_EQ(stars_of(distribution, Stars::kMedian, {}, {}), 4.0);
  EXPECT_EQ(stars_of(distribution, Stars::kMode, {}, {}), 5.0);
}

TEST(StarsOf, MedianTakesTheLowerOfTwoHalves) {
  EXPECT_EQ(stars_of({0.5, 0.0, 0.0, 0.0, 0.5}, Stars::kMedian, {}, {}), 1.0);
}

TEST(StarsOf, MedianOfASumBelowOneIsStillAStar) {
  EXPECT_EQ(stars_of({0.0, 0.0, 0.0, 0.0, 0.49}, Stars::kMedian, {}, {}), 5.0);  // rounding must not lead off the scale
}

TEST(StarsOf, CertainAnswersAgree) {
  for (int star = 1; star <= 5; ++star) {
    RatingDistribution certain(5, 0.0);
    certain[static_cast<std::size_t>(star - 1)] = 1.0;
    for (const Stars rule : {Stars::kMean, Stars::kMedian, Stars::kMode})
      EXPECT_EQ(stars_of(certain, rule, {}, {}), star);
  }
}

TEST(StarsOf, AreOnTheScaleOfTheRatings) {
  const RatingScale ten(1, 10, 1), percent(0, 100, 1);
  const RatingDistribution sure{0, 0, 0, 0, 0, 0, 0, 0.5, 0, 0.5};
  EXPECT_NEAR(stars_of(sure, Stars::kMean, {}, ten), 9, 1e-12);
  EXPECT_EQ(stars_of(sure, Stars::kMedian, {}, ten), 8);
  EXPECT_EQ(stars_of(sure, Stars::kMode, {}, ten), 8);
  EXPECT_EQ(stars_of(sure, Stars::kCalibrated, {.offset = 7, .slope = 1}, ten), 10);
  const RatingDistribution wide{0, 0, 0, 0, 0, 0, 0, 0.25, 0.75, 0, 0};
  EXPECT_NEAR(stars_of(wide, Stars::kMean, {}, percent), 77.5, 1e-12);
}

TokenId star_token(const test::AnswerWorld& world, int star) {
  std::vector<TokenId> tokens;
  world.bundle.vocabulary->tokenizer().encode(std::to_string(star), tokens);
  return tokens.front();
}

TEST(GenerativeRatingPredictor, GivesTheModelsOwnProbabilities) {
  const test::AnswerWorld world;
  const TokenId one = star_token(world, 1);
  test::FakeSequenceModel model(world.vocabulary_size(), [one](const auto&, const auto& target, TokenId token) {
    return target.empty() ? 0.5 * (token - one) : 0.0;
  });
  const GenerativeRatingPredictor predictor(model, *world.writer, "1-1");
  const std::vector<std::pair<UserId, ItemId>> pairs{{1, 2}};
  const RatingDistribution distribution = predictor.predict(pairs).front();
  double total = 0;
  for (int star = 0; star < 5; ++star) total += std::exp(0.5 * star);
  for (int star = 0; star < 5; ++star) {
    EXPECT_NEAR(distribution[static_cast<std::size_t>(star)], std::exp(0.5 * star) / total, 1e-6) << star + 1;
  }
}

// With bands the answers are "1.0" to "5.0"; those that round to a star make up its probability, all others do not
// count.
TEST(GenerativeRatingPredictor, AddsUpTheBandsOfAModelThatWasTrainedOnThem) {
  test::AnswerWorld world;
  world.bundle.task.rating_bands = true;
  const QuestionWriter writer(world.bundle, world.data, 512);
  const TokenId one = star_token(world, 1);
  test::FakeSequenceModel model(world.vocabulary_size(), [one](const auto&, const auto& target, TokenId token) {
    return target.empty() ? 0.5 * (token - one) : 0.0;  // every decimal is as likely
  });
  const std::vector<std::pair<UserId, ItemId>> pairs{{1, 2}};
  const RatingDistribution distribution = GenerativeRatingPredictor(model, writer, "1-1").predict(pairs).front();
  // The tenths share what the model gives to their first digit, half of them round up; "5.0" stands alone.
  double total = 0;
  std::array<double, 5> expected{};
  for (std::size_t digit = 0; digit < 5; ++digit) {
    const double probability = std::exp(0.5 * static_cast<double>(digit));
    total += probability;
    expected[digit] += digit == 4 ? probability : probability / 2;
    if (digit < 4) expected[digit + 1] += probability / 2;
  }
  for (std::size_t star = 0; star < 5; ++star)
    EXPECT_NEAR(distribution[star], expected[star] / total, 1e-6) << star + 1;
  EXPECT_FALSE(writer.answers_with_bands("4-2"));
  EXPECT_FALSE(world.writer->answers_with_bands("1-1"));
}

// "1" is the beginning of "10": the model's own probability that the answer ends tells them apart.
TEST(GenerativeRatingPredictor, AnswersWithTheLevelsOfTheRunsScale) {
  test::AnswerWorld world;
  world.bundle.scale = RatingScale(1, 10, 1);
  const QuestionWriter writer(world.bundle, world.data, 512);
  const TokenId one = star_token(world, 1);
  test::FakeSequenceModel model(world.vocabulary_size(), [one](const auto&, const auto& target, TokenId token) {
    if (target.empty()) return token == one ? 20.0 : 0.0;
    return token == kEndToken ? std::log(3.0) : 0.0;  // three times as likely to end as to go on with "0"
  });
  const std::vector<std::pair<UserId, ItemId>> pairs{{1, 2}};
  const RatingDistribution distribution = GenerativeRatingPredictor(model, writer, "1-1").predict(pairs).front();
  ASSERT_EQ(distribution.size(), 10u);
  EXPECT_NEAR(distribution[0], 0.75, 1e-6);
  EXPECT_NEAR(distribution[9], 0.25, 1e-6);
}

TEST(GenerativeRatingPredictor, TellsPairsApartAndAsksWithItsPrompt) {
  const test::AnswerWorld world;
  const std::vector<std::pair<UserId, ItemId>> pairs{{1, 2}, {30, 44}, {2, 1}};
  const std::vector<int> wanted{4, 1, 5};
  std::vector<std::vector<TokenId>> sources;
  for (const auto& [user, item] : pairs)
    sources.push_back(world.writer->row({.user = user, .item = item}, "1-5").source);
  test::FakeSequenceModel model(world.vocabulary_size(), [&](const auto& source, const auto&, TokenId token) {
    for (std::size_t i = 0; i < sources.size(); ++i) {
      if (source == sources[i]) return token == star_token(world, wanted[i]) ? 6.0 : 0.0;
    }
    ADD_FAILURE() << "an unexpected question";
    return 0.0;
  });
  const auto distributions = GenerativeRatingPredictor(model, *world.writer, "1-5").predict(pairs);
  ASSERT_EQ(distributions.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(stars_of(distributions[i], Stars::kMode, {}, {}), wanted[i]);
    EXPECT_NEAR(std::accumulate(distributions[i].begin(), distributions[i].end(), 0.0), 1.0, 1e-9);
  }
}

TEST(GenerativeRatingPredictor, AnUnknownPromptIsAnError) {
  const test::AnswerWorld world;
  auto model = test::FakeSequenceModel::random(world.vocabulary_size());
  const std::vector<std::pair<UserId, ItemId>> pairs{{1, 2}};
  EXPECT_THROW(GenerativeRatingPredictor(model, *world.writer, "1-99").predict(pairs), Error);
}

}  // namespace
}  // namespace p5
