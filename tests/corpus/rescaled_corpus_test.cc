#include "corpus/rescaled_corpus.h"

#include <gtest/gtest.h>

#include "support/fake_corpus.h"

namespace p5 {
namespace {

TEST(RescaledCorpus, MapsRatingsAndNothingElse) {
  test::FakeData data{.histories = {{0, 1, 2, 1}}, .ratings = {{1, 10, kNoRating, 12}}};
  data.titles = {"a", "b", "c"};
  data.rating_scale = RatingScale(1, 10, 1);
  const auto corpus = std::make_shared<const test::FakeCorpus>(std::move(data));
  const auto mapped = on_rating_scale(corpus, RatingScale());
  EXPECT_EQ(mapped->rating_scale(), RatingScale());
  EXPECT_EQ(mapped->ratings()[0], 1);
  EXPECT_EQ(mapped->ratings()[1], 5);
  EXPECT_TRUE(std::isnan(mapped->ratings()[2]));
  EXPECT_EQ(mapped->ratings()[3], 5);  // outside its scale: the end
  EXPECT_EQ(mapped->catalog().title(1), "b");
  EXPECT_EQ(mapped->items_of(0).size(), 4u);
  EXPECT_EQ(on_rating_scale(corpus, RatingScale(1, 10, 1)), corpus);
}

}  // namespace
}  // namespace p5
