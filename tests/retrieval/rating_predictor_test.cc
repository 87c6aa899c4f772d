#include "retrieval/rating_predictor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "p5/error.h"
#include "retrieval/candidate_source.h"
#include "retrieval/global_mean_predictor.h"
#include "retrieval/user_item_mean_predictor.h"
#include "support/fake_corpus.h"

namespace p5 {
namespace {

std::shared_ptr<const Corpus> rated(std::vector<std::vector<float>> ratings, std::vector<std::vector<ItemId>> items) {
  return std::make_shared<test::FakeCorpus>(std::move(items), std::move(ratings));
}

TEST(GlobalMeanPredictor, AveragesTrainRatingsOnly) {
  const auto corpus = rated({{5, 3, 1}, {2, kNoRating, 1}}, {{0, 1, 2}, {0, 1, 2}});
  const Split split(corpus, {Part::kTrain, Part::kTrain, Part::kTest, Part::kTrain, Part::kTrain, Part::kValid}, "x");
  EXPECT_NEAR(mean_train_rating(split), 10.0 / 3.0, 1e-12);
  EXPECT_NEAR(GlobalMeanPredictor(split).predict(kUnknownUser, 99), 10.0 / 3.0, 1e-6);
}

TEST(GlobalMeanPredictor, RefusesACorpusWithoutRatings) {
  const auto corpus = std::make_shared<test::FakeCorpus>(std::vector<std::vector<ItemId>>{{0, 1, 2}});
  const Split split(corpus, std::vector<Part>(3, Part::kTrain), "x");
  EXPECT_THROW(GlobalMeanPredictor{split}, Error);
  EXPECT_THROW(UserItemMeanPredictor{split}, Error);
}

// Ratings that are a sum of biases are found again when nothing is shrunk.
TEST(UserItemMeanPredictor, RecoversAdditiveRatings) {
  const std::vector<float> user{0.5f, -0.5f, 0.0f}, item{0.75f, -0.25f, -0.5f};
  std::vector<std::vector<float>> ratings(3);
  for (std::size_t u = 0; u < 3; ++u) {
    for (std::size_t i = 0; i < 3; ++i) ratings[u].push_back(3.0f + user[u] + item[i]);
  }
  const auto corpus = rated(ratings, {{0, 1, 2}, {0, 1, 2}, {0, 1, 2}});
  std::vector<Part> marks(9, Part::kTrain);
  marks[4] = Part::kTest;
  const UserItemMeanPredictor predictor(Split(corpus, marks, "x"),
                                        {.user_shrinkage = 0, .item_shrinkage = 0, .sweeps = 100});
  for (UserId u = 0; u < 3; ++u) {
    for (ItemId i = 0; i < 3; ++i) EXPECT_NEAR(predictor.predict(u, i), ratings[u][i], 1e-4) << u << ", " << i;
  }
}

TEST(UserItemMeanPredictor, ShrinksByHowLittleIsKnown) {
  // One sweep by hand: mean 3; item 0 is twice 2 above it, item 1 twice 2 below, and no user differs.
  const auto corpus = rated({{5, 1}, {5, 1}}, {{0, 1}, {0, 1}});
  const Split split(corpus, std::vector<Part>(4, Part::kTrain), "x");
  const UserItemMeanPredictor predictor(split, {.user_shrinkage = 1, .item_shrinkage = 2, .sweeps = 1});
  EXPECT_NEAR(predictor.predict(0, 0), 3.0 + 4.0 / 4.0, 1e-6);
  EXPECT_NEAR(predictor.predict(1, 1), 3.0 - 4.0 / 4.0, 1e-6);
}

TEST(UserItemMeanPredictor, GuessesWithoutWhatItDoesNotKnow) {
  const auto corpus = rated({{5, 1}, {5, 1}}, {{0, 1}, {0, 1}});
  const UserItemMeanPredictor predictor(Split(corpus, std::vector<Part>(4, Part::kTrain), "x"));
  EXPECT_NEAR(predictor.predict(kUnknownUser, 99), 3.0, 1e-6);
  EXPECT_GT(predictor.predict(kUnknownUser, 0), 3.0f);
}

}  // namespace
}  // namespace p5
