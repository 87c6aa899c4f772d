#include "explain/similar_reviews.h"

#include <gtest/gtest.h>

#include "support/fake_corpus.h"

namespace p5 {
namespace {

TEST(SimilarReviews, AreTrainingReviewsThatShareRareWords) {
  test::FakeData data;
  data.items = 1;
  data.histories = {{0}, {0}, {0}, {0}};
  data.reviews = {{"the cable broke"}, {"the cable works"}, {"the capo holds"}, {"the cable broke on day one"}};
  data.headlines = {{"Broke"}, {"Works"}, {"Holds"}, {"Test"}};
  const auto corpus = std::make_shared<const test::FakeCorpus>(std::move(data));
  const Split split(corpus, {Part::kTrain, Part::kTrain, Part::kTrain, Part::kTest}, "by hand");
  const SimilarReviews similar(split);
  const auto found = similar.find("The cable broke!", 10);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].interaction, 0u);
  EXPECT_NEAR(found[0].similarity, 1, 1e-5);
  EXPECT_EQ(found[1].interaction, 1u);
  EXPECT_EQ(similar.find("The cable broke!", 1).size(), 1u);
  EXPECT_TRUE(similar.find("nothing alike", 5).empty());
  EXPECT_NEAR(similar.shared("Cable broke", "the cable broke on day one"), 1, 1e-9);
  EXPECT_GT(similar.shared("Capo broke", "the cable broke"), 0.3);
  EXPECT_EQ(similar.shared("", "the cable broke"), 0);
}

}  // namespace
}  // namespace p5
