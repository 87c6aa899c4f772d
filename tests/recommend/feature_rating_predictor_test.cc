#include "recommend/feature_rating_predictor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "base/rng.h"
#include "corpus/split.h"
#include "p5/error.h"
#include "retrieval/candidate_source.h"
#include "support/fake_corpus.h"

namespace p5 {
namespace {

constexpr std::size_t kUsers = 60, kItems = 40;

// The young click on games and the old on gardens, nine times of ten; nobody clicks on anything else but once in ten.
std::shared_ptr<test::FakeCorpus> clicks() {
  test::FakeData data;
  data.rating_scale = RatingScale(0, 1, 1);
  data.items = kItems;
  for (std::size_t item = 0; item < kItems; ++item) data.categories.push_back({item % 2 == 0 ? "games" : "gardens"});
  Rng rng(7, "clicks");
  for (std::size_t user = 0; user < kUsers; ++user) {
    const bool young = user < kUsers / 2;
    data.user_attributes.push_back({{"age", young ? 20.0 : 60.0}});
    auto& history = data.histories.emplace_back();
    auto& ratings = data.ratings.emplace_back();
    for (ItemId item = static_cast<ItemId>(user % 5); item < kItems; item += 5) {
      history.push_back(item);
      ratings.push_back(rng.uniform() < ((item % 2 == 0) == young ? 0.9 : 0.1) ? 1.0f : 0.0f);
    }
  }
  return std::make_shared<test::FakeCorpus>(std::move(data));
}

Split all_train(std::shared_ptr<test::FakeCorpus> corpus) {
  std::vector<Part> parts(corpus->interaction_count(), Part::kTrain);
  for (std::size_t i = 0; i < parts.size(); i += 10) parts[i] = Part::kValid;
  return Split(std::move(corpus), std::move(parts), "test");
}

// No user has seen all items: what is said of the others comes from age and category together.
TEST(FeatureRatingPredictor, LearnsPairsOfAttributesAndLabels) {
  const FeatureRatingPredictor predictor(all_train(clicks()));
  double right = 0, wrong = 0;
  for (UserId user = 0; user < kUsers; ++user) {
    for (ItemId item = 0; item < kItems; ++item) {
      if (item % 5 == user % 5) continue;  // training
      const float p = predictor.predict(user, item);
      ASSERT_GE(p, 0.0f);
      ASSERT_LE(p, 1.0f);
      ((item % 2 == 0) == (user < kUsers / 2) ? right : wrong) += static_cast<double>(p);
    }
  }
  const double pairs = static_cast<double>(kUsers * kItems) * 0.8 / 2;
  EXPECT_NEAR(right / pairs, 0.9, 0.12);
  EXPECT_NEAR(wrong / pairs, 0.1, 0.12);
}

TEST(FeatureRatingPredictor, UnknownUsersGetAnEstimateWithoutThem) {
  const FeatureRatingPredictor predictor(all_train(clicks()));
  const float p = predictor.predict(kUnknownUser, 0);
  EXPECT_GT(p, 0.2f);
  EXPECT_LT(p, 0.8f);
}

TEST(FeatureRatingPredictor, IsTheSameAfterSaving) {
  const auto corpus = clicks();
  const FeatureRatingPredictor predictor(all_train(corpus));
  const FeatureRatingPredictor again(predictor.state(), *corpus);
  for (UserId user = 0; user < kUsers; ++user) EXPECT_EQ(again.predict(user, 3), predictor.predict(user, 3));
  EXPECT_TRUE(FeatureRatingPredictor::has_features(*corpus));
}

TEST(FeatureRatingPredictor, NeedsTrainingRatings) {
  const auto corpus = std::make_shared<test::FakeCorpus>(std::vector<std::vector<ItemId>>{{0, 1, 2}});
  EXPECT_THROW(FeatureRatingPredictor{split_leave_one_out(corpus)}, Error);
}

}  // namespace
}  // namespace p5
