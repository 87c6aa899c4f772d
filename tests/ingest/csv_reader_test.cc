#include "ingest/csv_reader.h"

#include <gmock/gmock.h>

#include <cmath>

#include "support/gzip_text.h"
#include "p5/error.h"
#include "reader_test.h"

namespace p5 {
namespace {

using test::attribute_text;
using test::error_of;
using test::read_all;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CsvReaderTest : public test::ReaderTest {};

TEST_F(CsvReaderTest, ColumnsByName) {
  const auto path =
      file("log.csv", "when;what;who;stars;kind;words\n2014-02-28;i1;u1;4.5;click;\"a;\n\"\"b\"\"\"\n;i2;u1;;;\n");
  const auto sink = read_all({path}, {.user_column = "who",
                                      .item_column = "what",
                                      .rating_column = "stars",
                                      .time_column = "when",
                                      .event_column = "kind",
                                      .review_column = "words"});
  ASSERT_THAT(sink.bad, IsEmpty());
  ASSERT_EQ(sink.interactions.size(), 2u);
  EXPECT_EQ(sink.interactions[0].user, "u1");
  EXPECT_EQ(sink.interactions[0].item, "i1");
  EXPECT_EQ(sink.interactions[0].rating, 4.5f);
  EXPECT_EQ(sink.interactions[0].time_ms, 1393545600000);
  EXPECT_EQ(sink.interactions[0].event, "click");
  EXPECT_EQ(sink.interactions[0].review, "a;\n\"b\"");
  EXPECT_TRUE(std::isnan(sink.interactions[1].rating));
  EXPECT_EQ(sink.interactions[1].time_ms, kNoTime);
}

TEST_F(CsvReaderTest, FurtherColumnsAreAttributes) {
  const auto sink = read_all({file("a.csv",
                                   "user,device,item,pages:float,tags:token_seq\nu,phone,i,3,a b\nu,,j,,\n"
                                   "u,tv,k,many,\n")});
  ASSERT_EQ(sink.interactions.size(), 2u);
  EXPECT_EQ(attribute_text(sink.interactions[0].attributes, "device"), "phone");
  EXPECT_EQ(attribute_text(sink.interactions[0].attributes, "pages"), "3");
  EXPECT_EQ(attribute_text(sink.interactions[0].attributes, "tags"), "[a|b]");
  EXPECT_EQ(sink.interactions[0].attributes.size(), 3u);
  EXPECT_THAT(sink.interactions[1].attributes, IsEmpty());
  ASSERT_EQ(sink.bad.size(), 1u);
  EXPECT_EQ(sink.bad[0].reason, "pages: expected a number");
  const auto json =
      read_all({file("a.jsonl", R"({"user": "u", "item": "i", "asin": "x", "where": {"city": "Ulm"}, "n": 2})"
                                "\n"
                                R"({"user": "u", "item": "j"})")},
               {.format = "csv"});
  ASSERT_EQ(json.interactions.size(), 2u);
  EXPECT_EQ(attribute_text(json.interactions[0].attributes, "where.city"), "Ulm");
  EXPECT_EQ(attribute_text(json.interactions[0].attributes, "n"), "2");
  EXPECT_EQ(json.interactions[0].attributes.size(), 2u) << "asin could have been the item";
  EXPECT_THAT(json.interactions[1].attributes, IsEmpty());
}

TEST_F(CsvReaderTest, UsualNamesNumbersAndNoHeader) {
  const auto usual = read_all({file("a.csv", "asin,user_id,parent_asin,timestamp\nx,u,p,5000\n")});
  ASSERT_EQ(usual.interactions.size(), 1u);
  EXPECT_EQ(usual.interactions[0].item, "p");
  EXPECT_EQ(usual.interactions[0].time_ms, 5000000);
  EXPECT_TRUE(std::isnan(usual.interactions[0].rating));

  const auto bare = read_all({file("b.tsv", "u\ti\t3\t7\n")}, {.time_unit = "ms", .header = false});
  ASSERT_EQ(bare.interactions.size(), 1u);
  EXPECT_EQ(bare.interactions[0].rating, 3.0f);
  EXPECT_EQ(bare.interactions[0].time_ms, 7);

  const auto numbers = read_all({file("c.csv", "i,u\n")}, {.user_column = "2", .item_column = "1", .header = false});
  ASSERT_EQ(numbers.interactions.size(), 1u);
  EXPECT_EQ(numbers.interactions[0].user, "u");
}

TEST_F(CsvReaderTest, MissingColumnsNameTheNearest) {
  const auto path = file("log.csv", "usr,item,rating\nu,i,3\n");
  EXPECT_THAT(error_of([&] { read_all({path}); }),
              AllOf(HasSubstr("log.csv:1"), HasSubstr("'user' (import.user_column)"), HasSubstr("did you mean 'usr'")));
  EXPECT_THAT(error_of([&] { read_all({path}, {.user_column = "usr", .time_column = "at"}); }), HasSubstr("'at'"));
  EXPECT_EQ(read_all({path}, {.user_column = "usr"}).interactions.size(), 1u);
}

TEST_F(CsvReaderTest, BadRows) {
  const auto path = file("log.csv", "user,item,rating\n\"a\"b,i,3\nu,i\nu,i,3,4\n,i,3\nu,i,x\nu,\xe9,3\nu,\"open\nz\n");
  const auto sink = read_all({path});
  EXPECT_THAT(sink.interactions, IsEmpty());
  ASSERT_EQ(sink.bad.size(), 7u);
  EXPECT_THAT(sink.bad[0].reason, HasSubstr("quote: expected a separator"));
  EXPECT_EQ(sink.bad[1].reason, "columns: expected 3 separated by comma");
  EXPECT_EQ(sink.bad[4].reason, "rating: expected a number");
  EXPECT_THAT(sink.bad[5].reason, HasSubstr("UTF-8"));
  EXPECT_EQ(sink.bad[6].line, 8u);
  EXPECT_EQ(read_all({path}, {.quote = "pandas", .encoding = "latin-1"}).interactions.size(), 2u);
}

TEST_F(CsvReaderTest, ItemTables) {
  const auto log = file("log.csv", "user,item\nu,i1\n");
  const auto items = file("items.tsv",
                          "item\ttitle\tcategories\tprice\tcolour\tsize:float\ni1\tA \"b\"\tX|Y\t$3.50\tred\t2\n"
                          "i2\t\t\t\t\t\ni3\tT\t\t\t\tbig\n");
  const auto more =
      file("more.jsonl", R"({"item": 7, "title": "J", "categories": ["X", "Y"], "price": "4", "tags": ["a"],)"
                         R"( "v": [1, 2], "description": ["d", "e"], "nested": {"k": true}})"
                         "\n{\"title\": \"no key\"}\n");
  const auto sink = read_all({log}, {.item_files = {items.string(), more.string()}});
  ASSERT_EQ(sink.items.size(), 3u);
  EXPECT_EQ(sink.items[0].title, "A \"b\"");
  EXPECT_THAT(sink.items[0].categories, ElementsAre("X", "Y"));
  EXPECT_DOUBLE_EQ(sink.items[0].price, 3.5);
  EXPECT_EQ(attribute_text(sink.items[0].attributes, "colour"), "red");
  EXPECT_EQ(attribute_text(sink.items[0].attributes, "size"), "2");
  EXPECT_EQ(sink.items[1].key, "i2");
  EXPECT_EQ(sink.items[2].key, "7");
  EXPECT_THAT(sink.items[2].categories, ElementsAre("X", "Y"));
  EXPECT_EQ(sink.items[2].description, "d e");
  EXPECT_EQ(attribute_text(sink.items[2].attributes, "v"), "[1|2]");
  EXPECT_EQ(attribute_text(sink.items[2].attributes, "nested.k"), "true");
  ASSERT_EQ(sink.bad.size(), 2u);
  EXPECT_EQ(sink.bad[0].reason, "size: expected a number");
  EXPECT_THAT(sink.bad[1].reason, HasSubstr("item: expected"));
}

TEST_F(CsvReaderTest, JsonLines) {
  const auto path =
      file("log.jsonl", R"({"user": 1, "item": "a", "rating": 3, "timestamp": "2014-02-28T00:00:00Z", "text": "t"})"
                        "\n"
                        R"({"asin": "x", "userId": "u", "item_id": "b", "time": 1393545600})"
                        "\n"
                        R"({"user": 1.5, "item": "a"})"
                        "\n"
                        R"({"user": "u", "item": null})"
                        "\n"
                        R"({"user": "u", "item": "a", "rating": {}})"
                        "\n"
                        R"({"user": "u", "item": "a", "text": ["t"]})"
                        "\nnonsense\n");
  const auto sink = read_all({path}, {.format = "csv", .review_column = "text"});
  ASSERT_EQ(sink.interactions.size(), 2u);
  EXPECT_EQ(sink.interactions[0].user, "1");
  EXPECT_EQ(sink.interactions[0].time_ms, 1393545600000);
  EXPECT_EQ(sink.interactions[0].review, "t");
  EXPECT_EQ(sink.interactions[1].item, "b");
  EXPECT_EQ(sink.interactions[1].review, "");
  EXPECT_EQ(sink.interactions[1].time_ms, 1393545600000);
  ASSERT_EQ(sink.bad.size(), 5u);
  EXPECT_THAT(sink.bad[0].reason, HasSubstr("user: expected"));
  EXPECT_THAT(sink.bad[1].reason, HasSubstr("item: expected"));
  EXPECT_THAT(sink.bad[2].reason, HasSubstr("rating: expected"));
  EXPECT_THAT(sink.bad[3].reason, HasSubstr("review: expected"));
  EXPECT_THAT(sink.bad[4].reason, HasSubstr("JSON"));
}

TEST_F(CsvReaderTest, EmptyFilesAndFolders) {
  EXPECT_THAT(read_all({file("empty.csv", "")}).interactions, IsEmpty());
  EXPECT_EQ(read_all({file("log.csv.gz", test::gzip_text("user,item\nu,i\n"))}).interactions.size(), 1u);
  EXPECT_EQ(read_all({folder_.path()}).interactions.size(), 1u);
}

TEST_F(CsvReaderTest, TheListSaysWhatItKnows) {
  const auto notes = file("notes.md", "hello");
  EXPECT_THAT(error_of([&] { make_dataset_reader({}, {notes}); }), HasSubstr("amazon, movielens, s3rec, recbole, csv"));
  EXPECT_THAT(error_of([&] { make_dataset_reader({.format = "parquet"}, {notes}); }), HasSubstr("'parquet'"));
  EXPECT_THAT(error_of([&] { make_dataset_reader({.separator = "tabs"}, {notes}); }), HasSubstr("import.separator"));
  try {
    make_dataset_reader({}, {folder_ / "absent"});
    FAIL() << "a missing input was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
  }
}

TEST(ReaderOptions, EveryOptionHasARow) {
  ReaderOptions options;
  OptionTable table;
  options.bind(table);
  EXPECT_EQ(table.rows().size(), 14u);
  table.set("import.format", "csv", "test");
  table.set("import.user_column", "who", "test");
  EXPECT_EQ(options.format, "csv");
  EXPECT_EQ(options.user_column, "who");
  EXPECT_NE(table.find_flag("format"), nullptr);
  EXPECT_NE(table.find_flag("user-column"), nullptr);
}

}  // namespace
}  // namespace p5
