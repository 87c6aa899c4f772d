#include "ingest/yelp_reader.h"

#include <gmock/gmock.h>

#include "reader_test.h"

namespace p5 {
namespace {

using test::attribute_text;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kReview =
    R"({"review_id":"r","user_id":"u1","business_id":"b1","stars":4.0,"useful":2,"funny":0,"cool":0,"text":"Good.","date":"2018-07-07 22:09:11"})"
    "\n";

class YelpReaderTest : public test::ReaderTest {};

TEST_F(YelpReaderTest, Reviews) {
  const auto sink = read_input("review.json", kReview);
  ASSERT_THAT(sink.bad, IsEmpty());
  ASSERT_EQ(sink.interactions.size(), 1u);
  EXPECT_EQ(sink.interactions[0].user, "u1");
  EXPECT_EQ(sink.interactions[0].item, "b1");
  EXPECT_EQ(sink.interactions[0].rating, 4.0f);
  EXPECT_EQ(sink.interactions[0].time_ms, 1531001351000);
  EXPECT_EQ(sink.interactions[0].review, "Good.");
  EXPECT_EQ(attribute_text(sink.interactions[0].attributes, "useful"), "2");
}

TEST_F(YelpReaderTest, BusinessesWithoutWhatCountsTheTest) {
  file("review.json", kReview);
  file(
      "business.json",
      R"({"business_id":"b1","name":"Café","city":"Reno","state":"NV","stars":4.5,"review_count":9,"categories":"Bars, Nightlife","attributes":{"WiFi":"u'free'"}})"
      "\n"
      R"({"business_id":"b2","name":"Old","city":"Reno","categories":["Bars","Pubs"]})"
      "\n"
      R"({"business_id":"b3","name":"None","city":"Reno","categories":null,"attributes":null})"
      "\n");
  const auto sink = read_folder();
  ASSERT_THAT(sink.bad, IsEmpty());
  ASSERT_EQ(sink.items.size(), 3u);
  EXPECT_EQ(sink.items[0].title, "Café");
  EXPECT_THAT(sink.items[0].categories, ElementsAre("Bars", "Nightlife"));
  EXPECT_EQ(attribute_text(sink.items[0].attributes, "attributes.WiFi"), "u'free'");
  EXPECT_EQ(attribute_text(sink.items[0].attributes, "stars"), "absent");
  EXPECT_THAT(sink.items[1].categories, ElementsAre("Bars", "Pubs")) << "dumps before 2018";
  EXPECT_THAT(sink.items[2].categories, IsEmpty());
}

TEST_F(YelpReaderTest, Users) {
  file("review.json", kReview);
  file(
      "user.json",
      R"({"user_id":"u1","name":"Ann","yelping_since":"2007-01-25 16:47:26","elite":"2019,20,20,2021","friends":"u2, u3","average_stars":3.9})"
      "\n");
  const auto sink = read_folder();
  ASSERT_EQ(sink.users.size(), 1u);
  EXPECT_EQ(sink.users[0].name, "Ann");
  EXPECT_EQ(attribute_text(sink.users[0].attributes, "elite"), "[2019|2020|2021]") << "some dumps write 2020 as 20,20";
  EXPECT_EQ(attribute_text(sink.users[0].attributes, "average_stars"), "absent");
}

TEST_F(YelpReaderTest, TipsOnlyWhenNamed) {
  file("review.json", kReview);
  const auto tip = file("tip.json", R"({"user_id":"u1","business_id":"b1","text":"Go.","date":"2012-05-18 02:17:21"})"
                                    "\n");
  EXPECT_EQ(read_folder().interactions.size(), 1u);
  const auto sink = test::read_all({tip});
  ASSERT_EQ(sink.interactions.size(), 1u);
  EXPECT_EQ(sink.interactions[0].event, "tip");
}

TEST_F(YelpReaderTest, BadLines) {
  const auto sink = read_input(
      "review.json", std::string(kReview) +
                         R"({"review_id":"r","user_id":"","business_id":"b1","stars":4.0,"date":"2018-07-07"})"
                         "\n"
                         R"({"review_id":"r","user_id":"u","business_id":"b1","stars":0,"date":"2018-07-07"})"
                         "\n"
                         R"({"review_id":"r","user_id":"u","business_id":"b1","stars":4.0,"date":"soon"})"
                         "\n{\n");
  EXPECT_EQ(sink.interactions.size(), 1u);
  ASSERT_EQ(sink.bad.size(), 4u);
  EXPECT_THAT(sink.bad[0].reason, HasSubstr("user"));
  EXPECT_THAT(sink.bad[1].reason, HasSubstr("rating"));
  EXPECT_THAT(sink.bad[2].reason, HasSubstr("time"));
}

TEST_F(YelpReaderTest, AnotherFileIsRefused) {
  const auto path = file("checkin.json", R"({"business_id":"b1","date":"2020-03-13 21:10:56"})"
                                         "\n");
  EXPECT_THAT(test::error_of([&] { test::read_all({path}, {.format = "yelp"}); }), HasSubstr("no file of Yelp"));
}

}  // namespace
}  // namespace p5
