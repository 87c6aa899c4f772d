#include "retrieval/item_similarity.h"

#include <gtest/gtest.h>

#include <cmath>

#include "retrieval/item_features.h"
#include "retrieval/rerank_world.h"

namespace p5 {
namespace {

TEST(ItemSimilarity, OfFeaturesIsTheShareOfThemThatIsShared) {
  const Split split = test::rerank_split();
  const ItemSimilarity similarity(split);
  EXPECT_EQ(similarity.basis(), "features");
  // 0: rock, pair0, third0; 1: rock, pair0, third1: two of four. What each has alone does not count.
  EXPECT_FLOAT_EQ(similarity.of(0, 1), 0.5f);
  EXPECT_FLOAT_EQ(similarity.of(0, 2), 0.2f);  // rock alone, of five
  EXPECT_FLOAT_EQ(similarity.of(0, 4), 0.0f);
  EXPECT_FLOAT_EQ(similarity.of(3, 3), 1.0f);
  EXPECT_FLOAT_EQ(similarity.of(0, 99), 0.0f);
}

TEST(ItemSimilarity, OfUsersIsTheCosineOfTheirSetsInTraining) {
  // Train parts: u0 {0, 1, 0}, u1 {0, 2}, u2 {1}; the last two events of each are held out.
  const auto corpus =
      std::make_shared<test::FakeCorpus>(std::vector<std::vector<ItemId>>{{0, 1, 0, 3, 3}, {0, 2, 3, 1}, {1, 0, 2}});
  const Split split = split_leave_one_out(corpus);
  const ItemSimilarity similarity(split);
  EXPECT_EQ(similarity.basis(), "users");      // nothing is described
  EXPECT_FLOAT_EQ(similarity.of(0, 1), 0.5f);  // users {0, 1} and {0, 2}
  EXPECT_FLOAT_EQ(similarity.of(0, 2), static_cast<float>(1 / std::sqrt(2.0)));
  EXPECT_FLOAT_EQ(similarity.of(1, 2), 0.0f);
  EXPECT_FLOAT_EQ(similarity.of(0, 3), 0.0f);  // only ever a target
}

TEST(ItemSimilarity, IsOfUsersWhereFewItemsAreDescribed) {
  test::FakeData data{.histories = {{0, 1, 2, 3}}, .items = 4, .categories = {{"a"}}};
  const Split split = split_leave_one_out(std::make_shared<test::FakeCorpus>(std::move(data)));
  EXPECT_EQ(ItemSimilarity(split).basis(), "users");
  EXPECT_EQ(ItemSimilarity(split, ItemSimilarity::Basis::kFeatures).basis(), "features");
}

TEST(ItemFeatures, CategoriesAreListsOfWordsWhereThereAreNoCategories) {
  test::FakeData data{.histories = {{0}}, .items = 3, .brands = {"Acme", "Acme", ""}};
  data.item_attributes = {{{"tags", std::vector<std::string>{"b", "a", "b"}}, {"year", 1999.0}},
                          {{"tags", std::vector<std::string>{"a"}}, {"color", std::string("red")}}};
  const test::FakeCorpus corpus(data);
  const ItemFeatures categories(corpus.catalog(), ItemFeatures::Choice::kCategories);
  EXPECT_EQ(categories.feature_count(), 2u);
  EXPECT_EQ(categories.of(0).size(), 2u);
  EXPECT_EQ(categories.name(categories.of(1)[0]), "a");
  EXPECT_EQ(categories.described(), 2u);
  const ItemFeatures all(corpus.catalog(), ItemFeatures::Choice::kAll);
  EXPECT_EQ(all.feature_count(), 4u);  // tags a and b, the brand, the color
  EXPECT_EQ(all.of(1).size(), 3u);
  EXPECT_TRUE(all.of(2).empty());

  data.categories = {{"x"}};
  const test::FakeCorpus categorized(data);
  EXPECT_EQ(ItemFeatures(categorized.catalog(), ItemFeatures::Choice::kCategories).feature_count(), 1u);
}

}  // namespace
}  // namespace p5
