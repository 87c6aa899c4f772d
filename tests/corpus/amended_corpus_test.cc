#include "corpus/amended_corpus.h"

#include <gtest/gtest.h>

#include "support/fake_corpus.h"

namespace p5 {
namespace {

CorpusAmendment amendment() {
  CorpusAmendment amendment;
  amendment.items.push_back(std::make_shared<const ItemRecord>(ItemRecord{.key = "new", .title = "A new one"}));
  amendment.items.push_back(std::make_shared<const ItemRecord>(
      ItemRecord{.key = "i1", .title = "Another name", .price = 3, .categories = {"a", "b"}}));
  amendment.items.push_back(std::make_shared<const ItemRecord>(ItemRecord{.key = "newer"}));
  amendment.forgotten.insert("u1");
  return amendment;
}

std::shared_ptr<const Corpus> base() {
  return std::make_shared<const test::FakeCorpus>(
      test::FakeData{.histories = {{0, 1}, {1}}, .items = 3, .titles = {"zero", "one", "two"}});
}

TEST(AmendedCorpus, NumbersAddedItemsAfterItsOwn) {
  const auto corpus = amend(base(), amendment());
  ASSERT_EQ(corpus->item_count(), 5u);
  EXPECT_EQ(corpus->catalog().find("new"), 3u);
  EXPECT_EQ(corpus->catalog().find("newer"), 4u);
  EXPECT_EQ(corpus->catalog().key(4), "newer");
  EXPECT_EQ(corpus->catalog().title(3), "A new one");
  EXPECT_TRUE(std::isnan(corpus->catalog().price(3)));
  EXPECT_EQ(corpus->items_with_events(), base()->items_with_events());
}

TEST(AmendedCorpus, GivesTheRecordInPlaceOfItsOwn) {
  const auto corpus = amend(base(), amendment());
  EXPECT_EQ(corpus->catalog().find("i1"), 1u);
  EXPECT_EQ(corpus->catalog().title(1), "Another name");
  EXPECT_EQ(corpus->catalog().price(1), 3);
  EXPECT_EQ(corpus->catalog().categories(1), (std::vector<std::string_view>{"a", "b"}));
  EXPECT_EQ(corpus->catalog().title(2), "two");
  EXPECT_FALSE(corpus->catalog().find("i9"));
}

TEST(AmendedCorpus, KeepsTheEventsOfForgottenUsers) {
  const auto corpus = amend(base(), amendment());
  EXPECT_TRUE(corpus->find_user("u0"));
  EXPECT_FALSE(corpus->find_user("u1"));
  EXPECT_EQ(corpus->interaction_count(), 3u);
  EXPECT_EQ(corpus->items_of(1).size(), 1u);
}

}  // namespace
}  // namespace p5
