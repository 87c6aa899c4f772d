#include "pipeline/grown_corpus.h"

#include <gtest/gtest.h>

#include <cmath>

#include "p5/error.h"
#include "support/fake_corpus.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

class GrownCorpusTest : public testing::Test {
 protected:
  std::shared_ptr<const Corpus> grow(const Corpus& corpus, const std::vector<FeedbackEvent>& events,
                                     const CatalogChanges& changes = {}) const {
    grow_corpus(corpus, events, changes, folder_ / "grown");
    return Corpus::open(folder_ / "grown");
  }
  static std::vector<std::string> items_of(const Corpus& corpus, const std::string& user) {
    std::vector<std::string> items;
    for (const ItemId item : corpus.items_of(*corpus.find_user(user))) items.emplace_back(corpus.catalog().key(item));
    return items;
  }

  test::TemporaryFolder folder_;
};

using Keys = std::vector<std::string>;

TEST_F(GrownCorpusTest, HasWhatWasThereAndTheNewEvents) {
  const test::FakeCorpus corpus(test::FakeData{.histories = {{0, 1}, {2}},
                                               .items = 4,
                                               .ratings = {{4, NAN}, {2}},
                                               .times = {{100, 200}, {300}},
                                               .reviews = {{"fine", ""}, {""}},
                                               .items_without_events = 1,
                                               .titles = {"A", "B", "C", "D"},
                                               .categories = {{"x", "y"}, {}, {}, {}},
                                               .user_names = {"Ann", "Bob"},
                                               .user_attributes = {{{.name = "age", .value = 30.0}}, {}},
                                               .rating_scale = RatingScale(0, 10, 1)});
  const auto grown =
      grow(corpus, {{.id = "a", .user = "u0", .item = "i2", .type = "rating", .value = 9, .time_ms = 250},
                    {.id = "b", .user = "new", .item = "i3", .time_ms = 400}});
  EXPECT_EQ(grown->user_count(), 3u);
  EXPECT_EQ(grown->item_count(), 4u);
  EXPECT_EQ(grown->interaction_count(), 5u);
  EXPECT_EQ(items_of(*grown, "u0"), (Keys{"i0", "i1", "i2"}));
  EXPECT_EQ(items_of(*grown, "new"), Keys{"i3"});
  const UserId ann = *grown->find_user("u0");
  const std::size_t begin = grown->range_of(ann).begin;
  EXPECT_EQ(grown->ratings()[begin], 4.0f);
  EXPECT_TRUE(std::isnan(grown->ratings()[begin + 1]));
  EXPECT_EQ(grown->ratings()[begin + 2], 9.0f);
  EXPECT_EQ(grown->times()[begin + 2], 250);
  EXPECT_EQ(grown->event(begin + 2), "rating");
  EXPECT_EQ(grown->review(begin), "fine");
  EXPECT_EQ(grown->user_name(ann), "Ann");
  EXPECT_EQ(grown->user_attributes(ann).size(), 1u);
  const ItemId first = *grown->catalog().find("i0");
  EXPECT_EQ(grown->catalog().title(first), "A");
  EXPECT_EQ(grown->catalog().categories(first).size(), 2u);
  EXPECT_EQ(grown->rating_scale(), RatingScale(0, 10, 1));
  EXPECT_EQ(grown->info().name, "fake");
}

TEST_F(GrownCorpusTest, EventsOfOneTimeStayInTheirOrder) {
  const test::FakeCorpus corpus({{2, 0, 1}}, {}, {{100, 100, 100}});
  const auto grown = grow(corpus, {{.id = "a", .user = "u0", .item = "i0", .time_ms = 100},
                                   {.id = "b", .user = "u0", .item = "i2", .time_ms = 100}});
  EXPECT_EQ(items_of(*grown, "u0"), (Keys{"i2", "i0", "i1", "i0", "i2"}));
}

TEST_F(GrownCorpusTest, ForgottenUsersAreLeftOut) {
  const test::FakeCorpus corpus({{0, 1}, {2}}, {}, {{100, 200}, {300}});
  const auto grown =
      grow(corpus, {{.id = "a", .user = "u1", .item = "i0", .time_ms = 400}}, {.forgotten_users = {"u0", "u1"}});
  EXPECT_FALSE(grown->find_user("u0"));
  EXPECT_EQ(items_of(*grown, "u1"), Keys{"i0"});  // came back
  EXPECT_EQ(grown->item_count(), 3u);
}

TEST_F(GrownCorpusTest, ItemsAreAsTheShopHasThemNow) {
  const test::FakeCorpus corpus(test::FakeData{.histories = {{0, 1}}, .titles = {"A", "B"}, .brands = {"x", "y"}});
  const auto grown = grow(corpus, {},
                          {.items = {{.item = "i1", .title = "New B", .price = 7.5},
                                     {.item = "put",
                                      .title = "Put",
                                      .categories = std::vector<std::string>{"c"},
                                      .facts = std::vector<ItemFact>{{.name = "color", .values = {"red"}}}}}});
  const ItemCatalog& catalog = grown->catalog();
  ASSERT_EQ(catalog.size(), 3u);
  const ItemId changed = *catalog.find("i1"), put = *catalog.find("put");
  EXPECT_EQ(catalog.title(changed), "New B");
  EXPECT_EQ(catalog.brand(changed), "y");
  EXPECT_EQ(catalog.price(changed), 7.5);
  EXPECT_EQ(catalog.title(put), "Put");
  ASSERT_EQ(catalog.attributes(put).size(), 1u);
  EXPECT_EQ(std::get<std::string>(catalog.attributes(put)[0].value), "red");
  EXPECT_EQ(grown->items_with_events(), 2u);
}

TEST_F(GrownCorpusTest, WhatIsThereIsNotReplaced) {
  const test::FakeCorpus corpus(std::vector<std::vector<ItemId>>{{0, 1}});
  grow(corpus, {});
  EXPECT_THROW(grow(corpus, {}), Error);
}

TEST_F(GrownCorpusTest, AStopLeavesNothing) {
  const test::FakeCorpus corpus(std::vector<std::vector<ItemId>>{{0, 1}});
  StopSource stop;
  stop.request_stop();
  EXPECT_THROW(grow_corpus(corpus, {}, {}, folder_ / "grown", stop.token()), Error);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "grown"));
}

}  // namespace
}  // namespace p5
