#include "pipeline/corpus_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "p5/error.h"
#include "support/fake_corpus.h"

namespace p5 {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

CorpusView view_of(std::size_t limit) {
  test::FakeData data{.histories = {{0, 1, 2, 3}, {1, 0, 1}, {2, 1}},
                      .ratings = {{5, 4, kNoRating, 1.5f}, {5, 5, 2}, {3, kNoRating}},
                      .times = {{0, 60000, 120000, 86400000}, {5, 6, 7}, {kNoTime, 1}}};
  data.items = 5;
  data.titles = {"Star Wars", "The Star\x1b[31m of Peru", "Mustard seed", "", "Stars"};
  data.brands = {"Lucas", "", "Star Foods", "", ""};
  data.categories = {{"Film", "Space"}, {}, {"Food"}, {}, {}};
  data.prices = {9.5};
  data.item_attributes = {{{"year", 1977.0}}, {}, {}, {}, {}};
  return CorpusView(make_splits(std::make_shared<test::FakeCorpus>(std::move(data)), {}), limit);
}

TEST(CorpusView, ShowsAUsersLatestEventsWithTheirPart) {
  const ViewedUser user = view_of(3).user("u0");
  EXPECT_EQ(user.event_count, 4u);
  ASSERT_EQ(user.events.size(), 3u);
  EXPECT_EQ(user.events[0].item, "i1");
  EXPECT_EQ(user.events[0].ranking, "train");
  EXPECT_EQ(user.events[1].ranking, "valid");
  EXPECT_EQ(user.events[2].ranking, "test");
  const std::string text = to_text(user);
  EXPECT_THAT(text, HasSubstr("the latest 3 below"));
  EXPECT_THAT(text, HasSubstr("1970-01-02 00:00"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  const auto json = to_json(user);
  EXPECT_EQ(json.at("events").at(2).at("rating"), 1.5);
  EXPECT_TRUE(json.at("events").at(1).at("rating").is_null());
  EXPECT_TRUE(json.at("events").at(2).at("title").is_null());
  EXPECT_EQ(json.at("events").at(2).at("part"), "test");
}

TEST(CorpusView, ShowsAnItemWithItsCountsAndLatestUsers) {
  const ViewedItem item = view_of(2).item("i1");
  EXPECT_EQ(item.event_count, 4u);
  EXPECT_EQ(item.user_count, 3u);
  EXPECT_EQ(item.rated, 3u);
  EXPECT_NEAR(item.mean_rating, 11.0 / 3, 1e-6);
  ASSERT_EQ(item.events.size(), 2u);
  EXPECT_EQ(item.events[1].user, "u0");  // the latest by time, whoever the user
  EXPECT_THAT(to_text(view_of(2).item("i0")), HasSubstr("year"));
  EXPECT_THAT(to_text(view_of(2).item("i0")), HasSubstr("9.50"));
}

TEST(CorpusView, FindsItemsByAllWordsTheBestMatchFirst) {
  const CorpusSample found = view_of(10).find("star");
  ASSERT_EQ(found.items.size(), 4u);
  EXPECT_EQ(found.items[0].key, "i1");  // a word of the title, like i0, with more events
  EXPECT_EQ(found.items[1].key, "i0");
  EXPECT_EQ(found.items[2].key, "i2");  // a word of the brand before the beginning of a word of a title
  EXPECT_EQ(found.items[3].key, "i4");
  EXPECT_EQ(view_of(10).find("STAR lucas").items.size(), 1u);
  EXPECT_EQ(view_of(10).find("star nobody").items.size(), 0u);
  EXPECT_EQ(view_of(1).find("star").item_count, 4u);
  EXPECT_EQ(view_of(1).find("star").items.size(), 1u);
  EXPECT_EQ(view_of(10).find("U").user_count, 3u);
  EXPECT_THAT(to_text(view_of(10).find("nobody")), HasSubstr("no item has all of these words"));
  EXPECT_THROW(view_of(10).find(" "), Error);
}

TEST(CorpusView, SamplesUsersAndTheItemsWithMostEvents) {
  const CorpusSample sample = view_of(2).sample();
  EXPECT_EQ(sample.users.size(), 2u);
  EXPECT_EQ(sample.users[1].key, "u1");
  EXPECT_LE(sample.users[0].events.size(), 3u);
  ASSERT_EQ(sample.items.size(), 2u);
  EXPECT_EQ(sample.items[0].key, "i1");
  EXPECT_EQ(to_json(sample).at("event_count"), 9);
  EXPECT_THAT(to_text(sample), HasSubstr("fake: 3 users, 5 items, 9 events"));
}

TEST(CorpusView, NamesKeysThatAreSpelledAlike) {
  try {
    view_of(2).item("i11");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_THAT(error.what(), HasSubstr("'i11'"));
  }
}

}  // namespace
}  // namespace p5
