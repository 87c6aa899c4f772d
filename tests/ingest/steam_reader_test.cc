#include "ingest/steam_reader.h"

#include <gmock/gmock.h>

#include "reader_test.h"

namespace p5 {
namespace {

using test::attribute_text;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class SteamReaderTest : public test::ReaderTest {};

TEST_F(SteamReaderTest, ReviewsAreNamedByUsername) {
  const auto sink =
      read_input("steam_reviews.json",
                 "{u'username': u\"Harry's\", u'hours': 51.1, u'product_id': u'725280', u'date': u'2017-12-27', "
                 "u'text': u'Fun', u'early_access': True, u'user_id': u'765'}\n");
  ASSERT_THAT(sink.bad, IsEmpty());
  ASSERT_EQ(sink.interactions.size(), 1u);
  EXPECT_EQ(sink.interactions[0].user, "Harry's");
  EXPECT_EQ(sink.interactions[0].item, "725280");
  EXPECT_EQ(sink.interactions[0].time_ms, 1514332800000);
  EXPECT_EQ(sink.interactions[0].event, "review");
  EXPECT_EQ(attribute_text(sink.interactions[0].attributes, "hours"), "51.1");
}

TEST_F(SteamReaderTest, Games) {
  file("steam_reviews.json", "{u'username': u'a', u'product_id': u'1', u'date': u'2017-12-27'}\n");
  file("steam_games.json",
       "{u'id': u'1', u'app_name': u'Kitty', u'developer': u'Koto', u'genres': [u'Action', u'Indie'], u'price': 4.99, "
       "u'reviews_url': u'http://x', u'tags': [u'Strategy'], u'metascore': 96}\n"
       "{u'id': u'2', u'title': u'Iron', u'price': u'Free To Play', u'reviews_url': u'http://y'}\n");
  const auto sink = read_folder();
  ASSERT_THAT(sink.bad, IsEmpty());
  ASSERT_EQ(sink.items.size(), 2u);
  EXPECT_EQ(sink.items[0].title, "Kitty");
  EXPECT_EQ(sink.items[0].brand, "Koto");
  EXPECT_DOUBLE_EQ(sink.items[0].price, 4.99);
  EXPECT_THAT(sink.items[0].categories, ElementsAre("Action", "Indie"));
  EXPECT_EQ(attribute_text(sink.items[0].attributes, "metascore"), "absent");
  EXPECT_EQ(sink.items[1].title, "Iron");
  EXPECT_DOUBLE_EQ(sink.items[1].price, 0);
}

TEST_F(SteamReaderTest, WhatAustralianUsersHave) {
  const auto sink =
      read_input("australian_users_items.json",
                 "{'user_id': 'u', 'items_count': 2, 'user_url': 'x', 'items': [{'item_id': '10', 'item_name': "
                 "'Counter-Strike', 'playtime_forever': 6}, {'item_id': '20', 'item_name': 'Fortress', "
                 "'playtime_forever': 0}, {'item_name': 'nameless'}]}\n");
  ASSERT_EQ(sink.interactions.size(), 2u);
  EXPECT_EQ(sink.interactions[0].event, "play");
  EXPECT_EQ(sink.interactions[1].event, "own");
  EXPECT_EQ(sink.interactions[1].time_ms, kNoTime);
  ASSERT_NE(sink.find_item("20"), nullptr);
  EXPECT_EQ(sink.find_item("20")->title, "Fortress");
  ASSERT_EQ(sink.bad.size(), 1u) << "one entry, not the whole line";
}

TEST_F(SteamReaderTest, DaysWithoutAYearAreBad) {
  const auto sink =
      read_input("australian_user_reviews.json",
                 "{'user_id': 'u', 'user_url': 'x', 'reviews': [{'posted': 'Posted November 5, 2011.', 'item_id': "
                 "'1250', 'recommend': True, 'review': 'Good'}, {'posted': 'Posted July 3.', 'item_id': '2'}]}\n");
  ASSERT_EQ(sink.interactions.size(), 1u);
  EXPECT_EQ(sink.interactions[0].time_ms, 1320451200000);
  ASSERT_EQ(sink.bad.size(), 1u);
  EXPECT_THAT(sink.bad[0].reason, HasSubstr("year"));
}

TEST_F(SteamReaderTest, CodeIsNeverEvaluated) {
  const auto sink =
      read_input("steam_reviews.json",
                 "{u'username': u'a', u'product_id': u'1', u'date': u'2017-12-27'}\n"
                 "{u'username': open('/etc/passwd').read(), u'product_id': u'1', u'date': u'2017-12-27'}\n");
  EXPECT_EQ(sink.interactions.size(), 1u);
  EXPECT_EQ(sink.bad.size(), 1u);
}

TEST(PostedDay, NeedsAYear) {
  EXPECT_EQ(parse_posted_day("Posted November 5, 2011."), 1320451200000);
  EXPECT_EQ(parse_posted_day("Posted November 5."), std::nullopt);
  EXPECT_EQ(parse_posted_day("Posted Smarch 5, 2011."), std::nullopt);
  EXPECT_EQ(parse_posted_day("Posted February 31, 2011."), std::nullopt);
  EXPECT_EQ(parse_posted_day(""), std::nullopt);
}

}  // namespace
}  // namespace p5
