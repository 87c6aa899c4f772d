#include "recommend/review_stars_model.h"

#include <gtest/gtest.h>

#include <numeric>

#include "base/rng.h"
#include "p5/error.h"
#include "support/fake_corpus.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

// Reviews whose words say their stars; one in five is bad. The last user is of the test part.
std::shared_ptr<const Split> told_reviews() {
  Rng rng(3, "told reviews");
  test::FakeData data;
  data.items = 4;
  const std::vector<std::string> good{"great tone", "love it", "works well"},
      bad{"it broke", "noisy junk", "sent back"};
  for (std::size_t user = 0; user < 200; ++user) {
    const bool is_bad = user % 5 == 0;
    data.histories.push_back({static_cast<ItemId>(user % 4)});
    data.ratings.push_back({is_bad ? 1.0f : 5.0f});
    data.reviews.push_back({(is_bad ? bad : good)[rng.below(3)] + " on day " + std::to_string(rng.below(9))});
    data.headlines.push_back({is_bad ? "Broke" : "Great"});
  }
  const auto corpus = std::make_shared<const test::FakeCorpus>(std::move(data));
  std::vector<Part> marks(corpus->interaction_count(), Part::kTrain);
  marks.back() = Part::kTest;
  return std::make_shared<const Split>(corpus, marks, "by hand");
}

TEST(ReviewStarsModel, TellsBadFromGoodThoughGoodIsMoreFrequent) {
  for (const auto kind : {ReviewStarsModel::Kind::kWordModel, ReviewStarsModel::Kind::kBagOfWords}) {
    const auto words = ReviewStarsModel::fit(*told_reviews(), {}, {}, kind);
    const RatingDistribution broke = words.stars("It broke on day 3"), great = words.stars("great tone on day 4");
    EXPECT_NEAR(std::accumulate(broke.begin(), broke.end(), 0.0), 1, 1e-9);
    EXPECT_GT(words.badness(broke), 0);
    EXPECT_LT(words.badness(great), 0);
    EXPECT_GT(broke[0], great[0]);
    // Nothing is said: as often as in training, so on neither side.
    EXPECT_NEAR(words.badness(words.stars("")), 0, 1.0);
  }
}

TEST(ReviewStarsModel, IsReadAsItWasSaved) {
  const test::TemporaryFolder folder;
  const auto words = ReviewStarsModel::fit(*told_reviews(), {}, {});
  const FittedOrigin origin{.source = "review-stars", .data_sha256 = "d", .options = "o"};
  words.state().save(folder / "review-stars.fit", origin);
  const auto state = FittedState::load(folder / "review-stars.fit", origin);
  ASSERT_TRUE(state.has_value());
  const ReviewStarsModel again(*state, {}, {});
  for (const char* text : {"It broke on day 3", "great tone", "never seen"}) {
    EXPECT_EQ(again.stars(text), words.stars(text)) << text;
    EXPECT_EQ(again.badness(again.stars(text)), words.badness(words.stars(text))) << text;
  }
}

TEST(ReviewStarsModel, RefusesADamagedState) {
  FittedState state;
  state.put("words", std::vector<std::uint8_t>{'a', '\n'});
  state.put("weights", std::vector<float>(7));  // 10 for a word and none
  state.put("shares", std::vector<double>(5, 0.2));
  EXPECT_THROW(ReviewStarsModel(state, {}, {}), Error);
}

TEST(ReviewStarsModel, NeedsReviewsOfDifferentStars) {
  test::FakeData data;
  data.items = 1;
  data.histories = {{0}, {0}};
  data.ratings = {{5}, {5}};
  data.reviews = {{"good"}, {"fine"}};
  const auto corpus = std::make_shared<const test::FakeCorpus>(std::move(data));
  EXPECT_FALSE(ReviewStarsModel::can_fit(Split(corpus, {Part::kTrain, Part::kTrain}, "all"), {}));
  EXPECT_TRUE(ReviewStarsModel::can_fit(*told_reviews(), {}));
}

TEST(ReviewStarsModel, TheShareIsThatOfTheLargestLikelihood) {
  const RatingDistribution knows{0.9, 0.025, 0.025, 0.025, 0.025}, guesses{0.2, 0.2, 0.2, 0.2, 0.2};
  std::vector<StarsOfReview> reviews(10, {.words = knows, .model = guesses, .truth = 1});
  EXPECT_NEAR(fit_share(reviews, {}), 1, 1e-4);
  for (StarsOfReview& review : reviews) std::swap(review.words, review.model);
  EXPECT_NEAR(fit_share(reviews, {}), 0, 1e-4);
  EXPECT_EQ(fit_share({}, {}), 1);
  // One of two is right in turn: p(words) = p(model) is best, by symmetry.
  const RatingDistribution one{1, 0, 0, 0, 0}, five{0, 0, 0, 0, 1};
  EXPECT_NEAR(fit_share(std::vector<StarsOfReview>{{one, five, 1}, {one, five, 5}}, {}), 0.5, 1e-3);
  EXPECT_EQ(mixed(one, five, 0.25), (RatingDistribution{0.25, 0, 0, 0, 0.75}));
}

}  // namespace
}  // namespace p5
