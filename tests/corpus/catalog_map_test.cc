#include "corpus/catalog_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_corpus.h"

namespace p5 {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::shared_ptr<const test::FakeCorpus> corpus_of(std::vector<std::vector<ItemId>> histories,
                                                  std::vector<std::string> keys) {
  return std::make_shared<const test::FakeCorpus>(
      test::FakeData{.histories = std::move(histories), .items = keys.size(), .item_keys = keys, .titles = keys});
}

KnownKeys known(const std::vector<std::string>& items, const std::vector<std::string>& users) {
  KnownKeys keys;
  for (const std::string& key : items) keys.items.add(key);
  for (const std::string& key : users) keys.users.add(key);
  return keys;
}

TEST(KnownKeys, HoldTheKeysOfACorpusInItsOrder) {
  const KnownKeys keys = KnownKeys::of(*corpus_of({{0, 1}, {1}}, {"b", "", "a\nb"}));
  ASSERT_EQ(keys.items.size(), 3u);
  EXPECT_EQ(keys.items[0], "b");
  EXPECT_EQ(keys.items[1], "");
  EXPECT_EQ(keys.items[2], "a\nb");
  EXPECT_EQ(keys.users[1], "u1");
}

TEST(CatalogMap, TheSameItemsInTheSameOrderNeedNoNewCorpus) {
  const auto corpus = corpus_of({{0, 1}}, {"a", "b"});
  const CatalogMap map(known({"a", "b"}, {"u0"}), *corpus);
  EXPECT_EQ(map.arrange(corpus), corpus);
  EXPECT_EQ(map.user_numbers(), nullptr);
  EXPECT_EQ(map.summary(), "2 items in training, 2 now");
}

TEST(CatalogMap, KnownItemsKeepTheirNumbersAndNewOnesFollow) {
  const auto corpus = corpus_of({{0, 1, 2, 3}, {3, 1}}, {"new", "b", "c", "a"});
  const CatalogMap map(known({"a", "b", "c"}, {"u0"}), *corpus);
  EXPECT_THAT(map.new_items(), ElementsAre("new"));
  EXPECT_THAT(map.missing_items(), IsEmpty());
  EXPECT_EQ(map.summary(), "3 items in training, 4 now (new: new)");
  const auto arranged = map.arrange(corpus);
  EXPECT_THAT(arranged->items(), ElementsAre(3, 1, 2, 0, 0, 1));
  EXPECT_THAT(arranged->items_of(1), ElementsAre(0, 1));
  ASSERT_EQ(arranged->item_count(), 4u);
  for (ItemId item = 0; item < 4; ++item) {
    EXPECT_EQ(arranged->catalog().find(arranged->catalog().key(item)), item);
    EXPECT_EQ(arranged->catalog().title(item), arranged->catalog().key(item)) << "the row moves as a whole";
  }
  EXPECT_EQ(arranged->catalog().key(0), "a");
  EXPECT_EQ(arranged->catalog().key(3), "new");
  EXPECT_EQ(arranged->catalog().find("d"), std::nullopt);
}

TEST(CatalogMap, NamesItemsThatAreGone) {
  const CatalogMap map(known({"a", "b", "c"}, {}), *corpus_of({{0}}, {"b", "n"}));
  EXPECT_THAT(map.missing_items(), ElementsAre("a", "c"));
  EXPECT_EQ(map.summary(), "3 items in training, 2 now (gone: a, c; new: n)");
}

TEST(CatalogMap, ManyKeysAreCutInMessages) {
  EXPECT_EQ(some_of({"1", "2", "3", "4", "5", "6"}), "1, 2, 3, 4, 5, 6");
  EXPECT_EQ(some_of({"1", "2", "3", "4", "5", "6", "7"}), "1, 2, 3, 4, 5 and 2 more");
}

TEST(CatalogMap, UsersHaveTheNumbersOfTheRunWhoeverLeft) {
  const auto corpus = corpus_of({{0}, {0}, {0}}, {"a"});  // u0, u1, u2
  const CatalogMap map(known({"a"}, {"u2", "gone", "u0"}), *corpus);
  ASSERT_NE(map.user_numbers(), nullptr);
  EXPECT_THAT(*map.user_numbers(), ElementsAre(2, 3, 0));
  EXPECT_EQ(map.new_users(), 1u);
}

TEST(CatalogMap, ExtendedKeysGiveEverybodyTheSameNumbersAgain) {
  const auto corpus = corpus_of({{0, 1}, {2}, {0}}, {"new", "b", "a"});
  const KnownKeys before = known({"a", "b"}, {"u2", "gone"});
  const CatalogMap map(before, *corpus);
  const KnownKeys after = extended(before, *map.arrange(corpus));
  EXPECT_EQ(after.items[2], "new");
  ASSERT_EQ(after.users.size(), 4u);
  const CatalogMap again(after, *corpus);
  EXPECT_THAT(again.new_items(), IsEmpty());
  EXPECT_EQ(again.new_users(), 0u);
  EXPECT_EQ(*again.user_numbers(), *map.user_numbers());
  EXPECT_TRUE(std::ranges::equal(again.arrange(corpus)->items(), map.arrange(corpus)->items()));
}

}  // namespace
}  // namespace p5
