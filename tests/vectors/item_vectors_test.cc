#include "vectors/item_vectors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/rng.h"
#include "p5/error.h"
#include "support/fake_corpus.h"

namespace p5 {
namespace {

constexpr std::size_t kItems = 30;

// Items of even and odd numbers are of two kinds, by words and by users. The last item has neither.
Split two_kinds(bool texts = true) {
  Rng rng(3, "kinds");
  test::FakeData data;
  for (std::size_t user = 0; user < 60; ++user) {
    std::vector<ItemId>& history = data.histories.emplace_back();
    for (int i = 0; i < 6; ++i) history.push_back(static_cast<ItemId>(user % 2 + 2 * rng.below(kItems / 2 - 1)));
  }
  data.items = kItems;
  for (ItemId item = 0; texts && item + 1 < kItems; ++item) {
    data.titles.push_back((item % 2 == 0 ? "steel guitar string " : "paper notebook cover ") +
                          std::to_string(item % 3));
  }
  auto corpus = std::make_shared<const test::FakeCorpus>(std::move(data));
  std::vector<Part> marks(corpus->interaction_count(), Part::kTrain);
  return Split(corpus, std::move(marks), "all");
}

double distance(const ItemVectorSet& set, ItemId a, ItemId b) {
  double sum = 0;
  for (std::size_t i = 0; i < set.width; ++i) {
    sum += std::pow(set.values[a * set.width + i] - set.values[b * set.width + i], 2);
  }
  return std::sqrt(sum);
}

double variance(const ItemVectorSet& set) {
  double sum = 0;
  for (const float value : set.values) sum += double(value) * value;
  return sum / kItems;
}

TEST(ItemVectors, OfEveryViewPutItemsOfOneKindTogether) {
  const Split split = two_kinds();
  for (const char* view : {"text", "cooccurrence", "als"}) {
    const ItemVectorSet set = make_item_vectors(split, {.views = {view}, .width = 6}, 1);
    double same = 0, other = 0;
    for (ItemId item = 2; item + 2 < kItems; item += 2) {
      same += distance(set, 0, item);
      other += distance(set, 0, item + 1);
    }
    EXPECT_LT(same, 0.8 * other) << view;
  }
}

TEST(ItemVectors, ViewsCountAsTheirWeightsSay) {
  const Split split = two_kinds();
  EXPECT_NEAR(variance(make_item_vectors(split, {.views = {"text"}}, 1)), 1.0, 1e-3);
  const ItemVectorSet both = make_item_vectors(split, {.views = {"text=1", "cooccurrence=0.5"}}, 1);
  EXPECT_NEAR(variance(both), 1.25, 1e-3);
}

TEST(ItemVectors, AreCenteredAndTheSameForAnyNumberOfThreads) {
  const Split split = two_kinds();
  const ItemVectorRecipe recipe{.views = {"text=1", "cooccurrence=1", "als=0.5"}, .width = 8};
  const ItemVectorSet one = make_item_vectors(split, recipe, 7, 1), three = make_item_vectors(split, recipe, 7, 3);
  EXPECT_EQ(one.values, three.values);
  for (std::size_t i = 0; i < one.width; ++i) {
    double sum = 0;
    for (ItemId item = 0; item < kItems; ++item) sum += one.values[item * one.width + i];
    EXPECT_NEAR(sum, 0, 1e-3);
  }
}

TEST(ItemVectors, KeepTheStrongestAxes) {
  const Split split = two_kinds();
  const ItemVectorSet all = make_item_vectors(split, {.views = {"text"}}, 1);
  const ItemVectorSet few = make_item_vectors(split, {.views = {"text"}, .axes = 3}, 1);
  EXPECT_EQ(few.width, 3u);
  EXPECT_LT(variance(few), variance(all));
  EXPECT_GT(variance(few), 0.5);
}

TEST(ItemVectors, TakeTextByThemselvesWhereThereIsSome) {
  const ItemVectorRecipe recipe{.width = 4};
  EXPECT_EQ(make_item_vectors(two_kinds(true), recipe, 1).width, 8u);
  EXPECT_EQ(make_item_vectors(two_kinds(false), recipe, 1).width, 4u);
}

TEST(ItemVectors, RefuseRecipesThatCannotBeRead) {
  const Split split = two_kinds(false);
  for (const char* view : {"txt", "text=", "text=-1", "text:x", "file=1", "text=1=2", ""}) {
    EXPECT_THROW(make_item_vectors(split, {.views = {view}}, 1), Error) << view;
  }
  EXPECT_THROW(make_item_vectors(split, {.views = {"text"}}, 1), Error) << "no item has text";
}

}  // namespace
}  // namespace p5
