#include "retrieval/content_rows.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "p5/error.h"
#include "retrieval/content_index.h"
#include "retrieval/item_labels.h"
#include "support/fake_corpus.h"

namespace p5 {
namespace {

using test::FakeCorpus;

std::map<ItemId, double> row_of(const SparseRows& rows, ItemId item) {
  std::map<ItemId, double> row;
  for (const ItemWeight& entry : rows[item]) row[entry.item] = entry.weight;
  return row;
}

TEST(WordsOf, AreRunsOfLettersAndDigitsInLowerCase) {
  EXPECT_EQ(words_of("Red  Guitar-Strings, 12 st\xC3\xBC"
                     "ck!"),
            (std::vector<std::string>{"red", "guitar", "strings", "12",
                                      "st\xC3\xBC"
                                      "ck"}));
  EXPECT_TRUE(words_of(" -- ").empty());
}

TEST(LabelsOf, NameBrandCategoriesAndAttributesThatAreWords) {
  const FakeCorpus corpus({.histories = {{0}},
                           .brands = {"Fender"},
                           .categories = {{"Guitars", "Strings"}},
                           .item_attributes = {{{"color", "red"},
                                                {"tags", std::vector<std::string>{"a", "b"}},
                                                {"weight", 3.0},
                                                {"image", std::vector<float>{1, 2}}}}});
  EXPECT_EQ(labels_of(corpus.catalog(), 0),
            (std::vector<std::string>{"brand=Fender", "category=Guitars", "category=Strings", "color=red", "tags=a",
                                      "tags=b"}));
}

// Five items; "red" has two of them, "blue" two, "guitar" three and is left out as more than half have it.
TEST(CompareContents, TakesTheCosineOfTfIdf) {
  const FakeCorpus corpus(
      {.histories = {{0}}, .items = 5, .titles = {"red guitar", "Red blue guitar", "blue blue guitar", "drum", ""}});
  const SparseRows rows = compare_contents(corpus.catalog(), {});
  EXPECT_EQ(row_of(rows, 0).size(), 1u);
  EXPECT_NEAR(row_of(rows, 0)[1], 1 / std::sqrt(2.0), 1e-6);  // the same idf, so half of the squares
  EXPECT_NEAR(row_of(rows, 2)[1], 1 / std::sqrt(2.0), 1e-6);  // twice "blue" alone points the same way as once
  EXPECT_TRUE(rows[3].empty());
  EXPECT_TRUE(rows[4].empty());
}

TEST(CompareContents, WeighsFieldsAndWorksForItemsWithoutInteractions) {
  const FakeCorpus corpus(
      {.histories = {{0}}, .items = 4, .titles = {"a", "b", "a", "c"}, .brands = {"x", "x", "y", "y"}});
  ContentOptions options;
  options.labels = 0;
  const SparseRows by_title = compare_contents(corpus.catalog(), options);
  EXPECT_EQ(row_of(by_title, 0).count(1), 0u);
  EXPECT_NEAR(row_of(by_title, 2)[0], 1.0, 1e-6);
  options.labels = 1;
  // "b" is rarer: log 4 against log 2 of the others.
  EXPECT_NEAR(row_of(compare_contents(corpus.catalog(), options), 0)[1], 1 / std::sqrt(10.0), 1e-6);
}

TEST(CompareContents, RefusesACatalogueOfKeysAlone) {
  const FakeCorpus corpus(test::FakeData{.histories = {{0, 1}}});
  EXPECT_THROW(compare_contents(corpus.catalog(), {}), Error);
}

// What another catalogue says is compared with the features of the index alone.
TEST(ContentIndex, FindsWhatReadsLikeAnItemOfAnotherCatalogue) {
  const FakeCorpus corpus(
      {.histories = {{0}}, .items = 5, .titles = {"red guitar", "Red blue guitar", "blue blue guitar", "drum", ""}});
  const FakeCorpus other({.histories = {{0}}, .items = 2, .titles = {"unheard-of RED thing", "guitar"}});
  const ContentIndex index(corpus.catalog(), {});
  RowSums sums(5);
  const auto like = index.items_like(other.catalog(), 0, sums);
  ASSERT_EQ(like.size(), 2u);
  EXPECT_EQ(like[0].item, 0u);
  EXPECT_NEAR(like[0].weight, 1.0, 1e-6);
  EXPECT_NEAR(like[1].weight, 1 / std::sqrt(2.0), 1e-6);
  EXPECT_TRUE(index.items_like(other.catalog(), 1, sums).empty()) << "more than half have it";
}

}  // namespace
}  // namespace p5
