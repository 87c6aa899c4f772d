#include "ingest/amazon_reader.h"

#include <gmock/gmock.h>

#include <cmath>

#include "reader_test.h"
#include "support/gzip_text.h"

namespace p5 {
namespace {

using test::attribute_text;
using test::error_of;
using test::read_all;
using test::RecordingSink;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class AmazonReaderTest : public test::ReaderTest {
 protected:
  RecordingSink read_text(std::string_view text) const {
    return read_input("reviews.json", text, {.format = "amazon"});
  }
};

TEST_F(AmazonReaderTest, Reviews2014) {
  const auto sink = read_text(
      R"({"reviewerID": "A1", "asin": "B01", "reviewerName": "J. \"Bob\" Smith", "helpful": [1, 2],)"
      R"( "reviewText": "It&#39;s <3\nok", "overall": 4.0, "summary": "A &amp; B", "unixReviewTime": 1393545600})"
      "\n"
      R"({"reviewerID": "A2", "asin": "B01", "overall": 5, "reviewTime": "02 28, 2014"})");
  ASSERT_EQ(sink.interactions.size(), 2u);
  const Interaction& first = sink.interactions[0];
  EXPECT_EQ(first.user, "A1");
  EXPECT_EQ(first.item, "B01");
  EXPECT_EQ(first.rating, 4.0f);
  EXPECT_EQ(first.time_ms, 1393545600000);
  EXPECT_EQ(first.review, "It's <3\nok");
  EXPECT_EQ(first.headline, "A & B");
  EXPECT_EQ(attribute_text(first.attributes, "helpful"), "[1|2]");
  EXPECT_THAT(sink.interactions[1].attributes, IsEmpty());
  EXPECT_EQ(sink.interactions[1].time_ms, 1393545600000);
  EXPECT_EQ(sink.interactions[1].review, "");
  ASSERT_EQ(sink.users.size(), 1u);
  EXPECT_EQ(sink.users[0].name, "J. \"Bob\" Smith");
  EXPECT_THAT(sink.bad, IsEmpty());
}

TEST_F(AmazonReaderTest, ReviewsOf2023JoinOnTheParent) {
  const auto sink = read_text(
      R"({"rating": 3.0, "title": "Meh", "text": "so<br />so", "images": [], "asin": "B0", "parent_asin": "P0",)"
      R"( "user_id": "U", "timestamp": 1628643414042, "helpful_vote": 0, "verified_purchase": true})");
  ASSERT_EQ(sink.interactions.size(), 1u);
  EXPECT_EQ(sink.interactions[0].item, "P0");
  EXPECT_EQ(sink.interactions[0].time_ms, 1628643414042);
  EXPECT_EQ(sink.interactions[0].headline, "Meh");
  EXPECT_EQ(sink.interactions[0].review, "so so");
  EXPECT_EQ(attribute_text(sink.interactions[0].attributes, "asin"), "B0");
  EXPECT_EQ(attribute_text(sink.interactions[0].attributes, "helpful_vote"), "0");
  EXPECT_EQ(attribute_text(sink.interactions[0].attributes, "verified_purchase"), "true");
  EXPECT_EQ(sink.interactions[0].attributes.size(), 3u);
}

TEST_F(AmazonReaderTest, ReviewsOf2018KeepVotesAndStyle) {
  const auto sink =
      read_text(R"({"overall": 5.0, "vote": "1,234", "verified": false, "reviewerID": "U", "asin": "B0", "style": )"
                R"({"Color:": " Black"}, "image": ["http://a/1.jpg"], "unixReviewTime": 1393545600})"
                "\n"
                R"({"overall": 5.0, "vote": "many", "reviewerID": "U", "asin": "B1", "unixReviewTime": 1393545600})");
  ASSERT_EQ(sink.interactions.size(), 2u);
  EXPECT_EQ(attribute_text(sink.interactions[0].attributes, "vote"), "1234");
  EXPECT_EQ(attribute_text(sink.interactions[0].attributes, "verified"), "false");
  EXPECT_EQ(attribute_text(sink.interactions[0].attributes, "style.Color:"), "Black");
  EXPECT_EQ(attribute_text(sink.interactions[0].attributes, "image"), "[http://a/1.jpg]");
  EXPECT_THAT(sink.interactions[1].attributes, IsEmpty());
}

TEST_F(AmazonReaderTest, MetadataOf2014AsPythonLiterals) {
  const auto sink = read_text(
      R"({'asin': '0001', 'title': u'Caf\xe9 &amp; Bar', 'price': 3.17, 'imUrl': 'http://x/y.jpg', 'brand': "Levi's",)"
      R"( 'related': {'also_bought': ['B1', 'B2'], 'bought_together': []}, 'salesRank': {'Toys &amp; Games': 211836},)"
      R"( 'categories': [['Sports', 'Ballet'], ['Sports', 'Dresses']], 'description': None})");
  ASSERT_THAT(sink.bad, IsEmpty());
  ASSERT_EQ(sink.items.size(), 1u);
  const ItemRecord& item = sink.items[0];
  EXPECT_EQ(item.key, "0001");
  EXPECT_EQ(item.title, "Café & Bar");
  EXPECT_EQ(item.brand, "Levi's");
  EXPECT_DOUBLE_EQ(item.price, 3.17);
  EXPECT_THAT(item.categories, ElementsAre("Sports", "Ballet", "Dresses"));
  EXPECT_EQ(attribute_text(item.attributes, "related.also_bought"), "[B1|B2]");
  EXPECT_EQ(attribute_text(item.attributes, "related.bought_together"), "absent");
  EXPECT_EQ(attribute_text(item.attributes, "salesRank.Toys & Games"), "211836");
  EXPECT_EQ(attribute_text(item.attributes, "imUrl"), "http://x/y.jpg");
}

TEST_F(AmazonReaderTest, MetadataOf2018) {
  const auto sink = read_text(
      R"({"category": ["Arts", "</span></span></span>", "Yarn"], "description": ["<p>Soft</p>", "Warm"],)"
      R"( "title": "<b>Wool</b> yarn", "brand": "by\n    \n    Lion", "feature": ["a", "b"], "rank": "3 in Arts (",)"
      R"( "also_buy": ["B9"], "price": "$1,203.17", "main_cat": "Arts, Crafts", "asin": "B7", "verified": true})"
      "\n"
      R"({"asin": "B8", "title": "var aPageStart = (new Date()).getTime();", "price": ".a-box{color:#fff}"})");
  ASSERT_EQ(sink.items.size(), 2u);
  const ItemRecord& item = sink.items[0];
  EXPECT_EQ(item.title, "Wool yarn");
  EXPECT_EQ(item.brand, "Lion");
  EXPECT_EQ(item.description, "Soft Warm");
  EXPECT_DOUBLE_EQ(item.price, 1203.17);
  EXPECT_THAT(item.categories, ElementsAre("Arts", "Yarn"));
  EXPECT_EQ(attribute_text(item.attributes, "feature"), "[a|b]");
  EXPECT_EQ(attribute_text(item.attributes, "verified"), "true");
  EXPECT_EQ(sink.items[1].title, "");
  EXPECT_TRUE(std::isnan(sink.items[1].price));
}

TEST_F(AmazonReaderTest, MetadataOf2023) {
  const auto sink = read_text(
      R"({"main_category": "All Beauty", "title": "Clip", "average_rating": 4.8, "features": [], "description": [],)"
      R"( "price": null, "images": [{"thumb": "x"}], "store": "Howard", "categories": [], "parent_asin": "P1",)"
      R"( "details": "{\"Color\": \"red\", \"Weight\": 2.5}", "bought_together": null})"
      "\n"
      R"({"parent_asin": "P2", "details": {"Color": "blue"}, "price": 9.5, "vector": [1, 2.5]})");
  ASSERT_EQ(sink.items.size(), 2u);
  EXPECT_EQ(sink.items[0].key, "P1");
  EXPECT_EQ(sink.items[0].brand, "Howard");
  EXPECT_THAT(sink.items[0].categories, ElementsAre("All Beauty"));
  EXPECT_EQ(attribute_text(sink.items[0].attributes, "details.Color"), "red");
  EXPECT_EQ(attribute_text(sink.items[0].attributes, "details.Weight"), "2.5");
  EXPECT_EQ(attribute_text(sink.items[0].attributes, "average_rating"), "4.8");
  EXPECT_EQ(attribute_text(sink.items[0].attributes, "images"), "absent");
  EXPECT_EQ(attribute_text(sink.items[1].attributes, "details.Color"), "blue");
  EXPECT_EQ(attribute_text(sink.items[1].attributes, "vector"), "[1|2.5]");
  EXPECT_EQ(sink.items[1].brand, "");
  EXPECT_THAT(sink.items[1].categories, IsEmpty());
}

TEST_F(AmazonReaderTest, BadLinesAreCountedWithLineAndReason) {
  const std::pair<std::string, std::string> cases[] = {
      {R"({"reviewerID": "A", "asin": "B", "overall": "good"})", "rating: expected a number"},
      {R"({"reviewerID": "A", "asin": "B", "overall": [1]})", "rating: expected a number"},
      {R"({"reviewerID": "A", "asin": "B", "unixReviewTime": "soon"})", "time: expected"},
      {R"({"reviewerID": "A", "asin": "B", "unixReviewTime": 1e300})", "time: expected"},
      {R"({"reviewerID": null, "asin": "B"})", "user: expected a text"},
      {R"({"reviewerID": ["A"], "asin": "B"})", "user: expected a text"},
      {R"({"asin": "B", "overall": 5})", "user: expected reviewerID"},
      {R"({"reviewerID": "A", "asin": {}})", "item: expected a text"},
      {R"({"reviewerID": "A", "asin": ""})", "item: expected a text"},
      {R"({"reviewerID": "A"})", "item: expected asin"},
      {R"({"reviewerID": "A", "asin": "B")", "JSON: syntax error"},
      {R"({"reviewerID": "A", "asin": "B"} {})", "JSON: syntax error"},
      {R"({"reviewerID": "A", "asin": "B)", "JSON: unclosed string"},
      {"{\"reviewerID\": \"A\", \"asin\": \"\xff\"}", "JSON: not UTF-8"},
      {R"({"reviewerID": "A", "asin": "B", "overall": 1e999})", "JSON: bad or huge number"},
      {R"({"reviewerID": "A", "asin": "\ud800"})", "JSON: "},
      {R"([1, 2])", "JSON: expected an object"},
      {R"(17)", "JSON: expected an object"},
      {std::string(5000, '['), "JSON: "},
      {R"({'asin': open('x')})", "Python literal: expected a value"},
      {std::string("\0\0", 2), "JSON: "}};
  for (const auto& [line, reason] : cases) {
    const auto sink = read_text("\n" + line + "\n{\"reviewerID\": \"A\", \"asin\": \"B\"}\n");
    EXPECT_EQ(sink.interactions.size(), 1u) << line;
    EXPECT_THAT(sink.items, IsEmpty()) << line;
    ASSERT_EQ(sink.bad.size(), 1u) << line;
    EXPECT_EQ(sink.bad[0].line, 2u);
    EXPECT_THAT(sink.bad[0].reason, HasSubstr(reason)) << line;
    EXPECT_THAT(sink.bad[0].file, HasSubstr("reviews.json"));
  }
}

TEST_F(AmazonReaderTest, OddButUsableLines) {
  const auto sink =
      read_text(R"({"reviewerID": "A", "asin": "B", "asin": "C", "overall": "4.5", "reviewText": null, "summary": 7,)"
                R"( "style": {"deep": [{"er": [[[]]]}]}, "reviewerName": 5})"
                "\r\n"
                R"({"reviewerID": "A", "asin": 17, "overall": null})");
  ASSERT_EQ(sink.interactions.size(), 2u);
  EXPECT_EQ(sink.interactions[0].item, "C");
  EXPECT_EQ(sink.interactions[0].rating, 4.5f);
  EXPECT_EQ(sink.interactions[0].headline, "");
  EXPECT_EQ(sink.interactions[1].item, "17");
  EXPECT_TRUE(std::isnan(sink.interactions[1].rating));
  EXPECT_EQ(sink.interactions[1].time_ms, kNoTime);
  EXPECT_THAT(sink.bad, IsEmpty());
}

TEST_F(AmazonReaderTest, RatingsTablesOfEveryRelease) {
  file("2014.csv", "A1YJEY40YUW4SE,7806397051,1.0,1391040000\nA60XNB876KYML,7806397051,x,1\n");
  file("2018.csv", "7806397051,A1YJEY40YUW4SE,1.0,1391040000\n");
  file("2023.csv", "user_id,parent_asin,rating,timestamp\nAFKZ,B07W,5.0,1588687728923\n");
  const auto sink = read_all({folder_ / "2014.csv", folder_ / "2018.csv", folder_ / "2023.csv"});
  ASSERT_EQ(sink.interactions.size(), 3u);
  EXPECT_EQ(sink.interactions[0].user, "A1YJEY40YUW4SE");
  EXPECT_EQ(sink.interactions[1].user, "A1YJEY40YUW4SE");
  EXPECT_EQ(sink.interactions[1].item, "7806397051");
  EXPECT_EQ(sink.interactions[2].item, "B07W");
  EXPECT_EQ(sink.interactions[2].time_ms, 1588687728923);
  ASSERT_EQ(sink.bad.size(), 1u);
  EXPECT_EQ(sink.bad[0].line, 2u);

  file("other.csv", "a,b\n");
  EXPECT_THAT(error_of([&] {
                RecordingSink other;
                AmazonReader().read({folder_ / "other.csv"}, other);
              }),
              HasSubstr("cannot be told apart"));
}

TEST_F(AmazonReaderTest, FoldersHoldReviewsAndMetadataPlainOrGzip) {
  file("reviews_X.json.gz", test::gzip_text(R"({"reviewerID": "A", "asin": "B"})"));
  file("meta_X.json", R"({'asin': 'B', 'title': 'T'})");
  file("README.md", "not data");
  EXPECT_EQ(make_dataset_reader({}, {folder_.path()})->format(), "amazon");
  const auto sink = read_folder();
  EXPECT_EQ(sink.interactions.size(), 1u);
  EXPECT_EQ(sink.items.size(), 1u);
  EXPECT_THAT(sink.bad, IsEmpty());
}

TEST_F(AmazonReaderTest, MusicalInstruments) {
  const auto folder = test::shared_folder() / "datasets" / "amazon-2014";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "the data set is not there";
  const auto sink = read_all({folder});
  EXPECT_EQ(sink.interactions.size(), 10261u);
  EXPECT_EQ(sink.distinct_users(), 1429u);
  EXPECT_EQ(sink.distinct_items(), 900u);
  EXPECT_EQ(sink.lines, 10261u);
  EXPECT_THAT(sink.bad, IsEmpty());
}

}  // namespace
}  // namespace p5
