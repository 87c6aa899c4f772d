#include "retrieval/matrix_factorization_predictor.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/interrupt.h"
#include "base/rng.h"
#include "p5/error.h"
#include "retrieval/candidate_source.h"
#include "retrieval/user_item_mean_predictor.h"
#include "support/fake_corpus.h"

namespace p5 {
namespace {

// Users like one half of the items and not the other, by a taste that biases cannot express; with some noise.
std::shared_ptr<const Corpus> tastes(std::size_t users, std::size_t items) {
  Rng rng(5, "tastes");
  std::vector<std::vector<ItemId>> histories;
  std::vector<std::vector<float>> ratings;
  for (std::size_t u = 0; u < users; ++u) {
    histories.emplace_back();
    ratings.emplace_back();
    for (ItemId i = 0; i < items; ++i) {
      histories.back().push_back(i);
      const float liked = (u % 2 == i % 2) ? 4.5f : 1.5f;
      ratings.back().push_back(liked + 0.2f * static_cast<float>(rng.normal()));
    }
  }
  return std::make_shared<test::FakeCorpus>(std::move(histories), std::move(ratings));
}

Split split_of(const std::shared_ptr<const Corpus>& corpus) {
  std::vector<Part> marks;
  Rng rng(3, "marks");
  for (std::size_t i = 0; i < corpus->interaction_count(); ++i) {
    const auto drawn = rng.below(10);
    marks.push_back(drawn == 0 ? Part::kTest : drawn == 1 ? Part::kValid : Part::kTrain);
  }
  return {corpus, marks, "test"};
}

double rmse(const RatingPredictor& predictor, const Split& split) {
  double squares = 0, count = 0;
  for (std::size_t i = 0; i < split.corpus().interaction_count(); ++i) {
    if (split.part_of(i) != Part::kTest) continue;
    const double error =
        split.corpus().ratings()[i] - predictor.predict(split.corpus().users()[i], split.corpus().items()[i]);
    squares += error * error;
    ++count;
  }
  return std::sqrt(squares / count);
}

// The same tastes with ratings of 0 to 100 where 1 to 5 were.
std::shared_ptr<const Corpus> in_percent(const Corpus& corpus) {
  test::FakeData data{.histories = {}, .rating_scale = RatingScale(0, 100, 0)};
  for (UserId user = 0; user < corpus.user_count(); ++user) {
    const auto items = corpus.items_of(user);
    data.histories.emplace_back(items.begin(), items.end());
    data.ratings.emplace_back();
    for (std::size_t i = corpus.range_of(user).begin; i < corpus.range_of(user).end; ++i) {
      data.ratings.back().push_back(25 * (corpus.ratings()[i] - 1));
    }
  }
  return std::make_shared<test::FakeCorpus>(std::move(data));
}

TEST(MatrixFactorization, LearnsTheSameOnAnyScale) {
  const auto stars = tastes(40, 30);
  const Split of_stars = split_of(stars), of_percent = split_of(in_percent(*stars));
  const MatrixFactorizationOptions options{.lr = 0.05, .epochs = 50};
  const MatrixFactorizationPredictor small(of_stars, options), large(of_percent, options);
  EXPECT_EQ(small.epochs(), large.epochs());
  for (const UserId user : {UserId{0}, UserId{7}, UserId{39}}) {
    for (ItemId item = 0; item < 30; ++item) {
      EXPECT_NEAR(large.predict(user, item), 25 * (small.predict(user, item) - 1), 0.05);
    }
  }
}

TEST(MatrixFactorization, FindsTastesThatBiasesCannot) {
  const Split split = split_of(tastes(40, 30));
  EXPECT_GT(rmse(UserItemMeanPredictor(split), split), 1.2);
  EXPECT_LT(rmse(MatrixFactorizationPredictor(split, {.lr = 0.05, .epochs = 300, .patience = 30}), split), 0.4);
}

TEST(MatrixFactorization, FollowsItsSeedAlone) {
  const Split split = split_of(tastes(12, 10));
  const MatrixFactorizationPredictor one(split), two(split), other(split, {.seed = 3});
  EXPECT_EQ(one.predict(1, 2), two.predict(1, 2));
  EXPECT_NE(one.predict(1, 2), other.predict(1, 2));
}

// Two ratings, one pass, by hand: factors of zero stay zero, so that only biases move.
TEST(MatrixFactorization, StepsAsTheFormulaSays) {
  const auto corpus = std::make_shared<test::FakeCorpus>(std::vector<std::vector<ItemId>>{{0}, {1}},
                                                         std::vector<std::vector<float>>{{5}, {3}});
  const Split split(corpus, {Part::kTrain, Part::kTrain}, "test");
  const MatrixFactorizationPredictor predictor(split,
                                               {.factors = 2, .lr = 0.1, .l2 = 0.5, .initial_std = 0, .epochs = 2});
  // Pass 1: error 1 moves both biases from 0 to 0.1. Pass 2: error 1 - 0.2 = 0.8, b += 0.1 (0.8 - 0.05) = 0.175.
  EXPECT_NEAR(predictor.predict(0, 0), 4 + 2 * 0.175, 1e-6);
  EXPECT_NEAR(predictor.predict(1, 1), 4 - 2 * 0.175, 1e-6);
  EXPECT_NEAR(predictor.predict(0, 1), 4, 1e-6);
  EXPECT_EQ(predictor.epochs(), 2);
}

TEST(MatrixFactorization, StopsEarlyAndKeepsTheBestPass) {
  // Ratings of pure chance: every pass beyond the first few only learns noise.
  Rng rng(9, "noise");
  std::vector<std::vector<ItemId>> histories(30);
  std::vector<std::vector<float>> ratings(30);
  for (std::size_t u = 0; u < 30; ++u) {
    for (ItemId i = 0; i < 20; ++i) {
      histories[u].push_back(i);
      ratings[u].push_back(1.0f + static_cast<float>(rng.below(5)));
    }
  }
  const Split split = split_of(std::make_shared<test::FakeCorpus>(std::move(histories), std::move(ratings)));
  const MatrixFactorizationPredictor stopped(split, {.lr = 0.05, .l2 = 0, .epochs = 400});
  EXPECT_LT(stopped.epochs(), 60);
  EXPECT_LT(rmse(stopped, split), 1.7);  // the deviation of the ratings themselves is 1.41
}

TEST(MatrixFactorization, GuessesWithoutWhatItDoesNotKnow) {
  const auto corpus = std::make_shared<test::FakeCorpus>(std::vector<std::vector<ItemId>>{{0, 1}, {0, 2}},
                                                         std::vector<std::vector<float>>{{5, 4}, {1, 2}});
  const Split split(corpus, {Part::kTrain, Part::kTrain, Part::kTrain, Part::kTest}, "test");
  const MatrixFactorizationPredictor predictor(split, {.initial_std = 3});
  EXPECT_NEAR(predictor.predict(kUnknownUser, 99), 10.0 / 3, 1e-5);
  EXPECT_EQ(predictor.predict(kUnknownUser, 2), predictor.predict(kUnknownUser, 99));  // item 2 is not in train
  EXPECT_NE(predictor.predict(0, 99), predictor.predict(1, 99));
}

TEST(MatrixFactorization, RefusesACorpusWithoutRatings) {
  const auto corpus = std::make_shared<test::FakeCorpus>(std::vector<std::vector<ItemId>>{{0, 1, 2}});
  EXPECT_THROW(MatrixFactorizationPredictor(Split(corpus, std::vector<Part>(3, Part::kTrain), "x")), Error);
}

}  // namespace
}  // namespace p5
