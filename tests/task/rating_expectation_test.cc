#include "task/rating_expectation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "base/rng.h"
#include "support/fake_corpus.h"

namespace p5 {
namespace {

// Ratings that follow from users and items, 12 items of 20 for each of 30 users; all of them are for training.
test::FakeData ratings_of_means() {
  Rng rng(4, "expectation test");
  test::FakeData data;
  data.items = 20;
  for (int user = 0; user < 30; ++user) {
    std::vector<ItemId> items(20);
    for (ItemId i = 0; i < 20; ++i) items[i] = i;
    rng.shuffle(std::span(items));
    items.resize(12);
    std::vector<float> ratings;
    for (const ItemId item : items) {
      const double stars = 3.0 + (user % 3 - 1) * 0.8 + (static_cast<double>(item % 5) - 2) * 0.5 + rng.normal() * 0.2;
      ratings.push_back(static_cast<float>(std::min(5.0, std::max(1.0, std::round(stars)))));
    }
    data.histories.push_back(items);
    data.ratings.push_back(ratings);
  }
  return data;
}

std::shared_ptr<const Split> all_train(test::FakeData data) {
  auto corpus = std::make_shared<test::FakeCorpus>(std::move(data));
  std::vector<Part> marks(corpus->interaction_count(), Part::kTrain);
  return std::make_shared<const Split>(corpus, std::move(marks), "all train");
}

TEST(RatingExpectation, IsThePredictorWhereUserAndItemNeverMet) {
  const auto split = all_train(ratings_of_means());
  const RatingExpectation expectation(split);
  const UserItemMeanPredictor predictor(*split);
  const auto items = split->corpus().items_of(3);
  for (ItemId item = 0; item < 20; ++item) {
    if (std::find(items.begin(), items.end(), item) != items.end()) continue;
    EXPECT_NEAR(expectation.of(3, item), predictor.predict(3, item), 0.02) << item;
  }
}

TEST(RatingExpectation, DoesNotShowTheRatingThatIsAskedAbout) {
  test::FakeData low = ratings_of_means(), high = low;
  low.ratings[5][4] = 1.0f;
  high.ratings[5][4] = 5.0f;
  const ItemId item = low.histories[5][4];
  const auto of_low = all_train(low), of_high = all_train(high);
  // The mean of all ratings moves by 4 in 360 and the biases of others a little.
  EXPECT_NEAR(RatingExpectation(of_low).of(5, item), RatingExpectation(of_high).of(5, item), 0.05);
  EXPECT_GT(UserItemMeanPredictor(*of_high).predict(5, item) - UserItemMeanPredictor(*of_low).predict(5, item), 0.2);
}

TEST(RatingExpectation, IsOneDecimalInWordsAndNothingWithoutRatings) {
  EXPECT_EQ(RatingExpectation(all_train(ratings_of_means())).in_words(0, 0).size(), 3u);
  EXPECT_EQ(RatingExpectation(all_train({.histories = {{0, 1}}, .items = 2})).in_words(0, 0), "");
}

}  // namespace
}  // namespace p5
