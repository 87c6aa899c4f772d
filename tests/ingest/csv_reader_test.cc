#include "ingest/csv_reader.h"

#include <gmock/gmock.h>

#include <cmath>

#include "p5/error.h"
#include "reader_test.h"
#include "records/table_columns.h"
#include "support/gzip_text.h"

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
              AllOf(HasSubstr("log.csv:1"), HasSubstr("'user', or another one named by --user-column"),
                    HasSubstr("did you mean 'usr'")));
  EXPECT_THAT(error_of([&] { read_all({path}, {.user_column = "usr", .time_column = "at"}); }), HasSubstr("'at'"));
  EXPECT_EQ(read_all({path}, {.user_column = "usr"}).interactions.size(), 1u);
}

TEST_F(CsvReaderTest, BadRows) {
  const auto path = file("log.csv", "user,item,rating\n\"a\"b,i,3\nu,i\nu,i,3,4\n,i,3\nu,i,x\nu,\xe9,3\nu,\"open\nz\n");
  const auto sink = read_all({path}, {.encoding = "utf-8"});
  EXPECT_THAT(sink.interactions, IsEmpty());
  ASSERT_EQ(sink.bad.size(), 7u);
  EXPECT_THAT(sink.bad[0].reason, HasSubstr("quote: expected a separator"));
  EXPECT_EQ(sink.bad[1].reason, "columns: expected 3 separated by comma");
  EXPECT_EQ(sink.bad[4].reason, "rating: expected a number");
  EXPECT_EQ(sink.bad[4].got, "x");
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

TEST_F(CsvReaderTest, NamesAreFoundWhateverTheirCase) {
  const auto sink = read_all({file("log.csv", "FeedbackType,UserId,ItemId,Timestamp\nread,u,i,1529193600\n")});
  ASSERT_EQ(sink.interactions.size(), 1u);
  EXPECT_EQ(sink.interactions[0].event, "read");
  EXPECT_EQ(sink.interactions[0].time_ms, 1529193600000);
  EXPECT_EQ(read_all({folder_ / "log.csv"}, {.user_column = "userid"}).interactions.size(), 1u);
  EXPECT_THAT(error_of([&] { read_all({folder_ / "log.csv"}, {.time_column = "9"}); }),
              AllOf(HasSubstr("--time-column of 1 to 4"), HasSubstr("got 9")));
}

TEST_F(CsvReaderTest, WithoutAHeaderOnlyNamedColumnsHaveRoles) {
  const auto clicks = read_all({file("clicks.csv", "s1,2014-04-07T10:51:09.277Z,214536502,0\n")},
                               {.user_column = "1", .item_column = "3", .time_column = "2", .header = false});
  ASSERT_EQ(clicks.interactions.size(), 1u);
  EXPECT_TRUE(std::isnan(clicks.interactions[0].rating));
  const auto times = read_all({file("t.csv", "u,i,1529193600\nu,j,1529193700\n")}, {.header = false});
  ASSERT_EQ(times.interactions.size(), 2u);
  EXPECT_TRUE(std::isnan(times.interactions[0].rating)) << "a time is no rating";
  EXPECT_EQ(times.interactions[0].time_ms, 1529193600000);
}

TEST_F(CsvReaderTest, ShopTablesWithForeignHeaders) {
  const auto log =
      file("verkauf.csv",
           "\xef\xbb\xbfNr;Kunde;Artikel Nr.;Datum\r\n0;k1;a1;17.06.2018 04:53\r\n1;k2;a2;16.06.2018 20:00\r\n");
  const auto items =
      file("artikel.csv", "Artikel Nr.;Bezeichnung;Warengruppe;Marke;Preis\na1;Pfanne;Küche > Pfannen;Fe;12,50\n");
  const auto sink = read_all({log}, {.user_column = "Kunde",
                                     .item_column = "Artikel Nr.",
                                     .time_column = "Datum",
                                     .item_files = {items.string()},
                                     .title_column = "Bezeichnung",
                                     .brand_column = "Marke",
                                     .price_column = "Preis",
                                     .category_column = "Warengruppe"});
  ASSERT_THAT(sink.bad, IsEmpty());
  ASSERT_EQ(sink.interactions.size(), 2u);
  EXPECT_EQ(sink.interactions[0].time_ms, 1529211180000);
  ASSERT_EQ(sink.items.size(), 1u);
  EXPECT_EQ(sink.items[0].title, "Pfanne");
  EXPECT_EQ(sink.items[0].brand, "Fe");
  EXPECT_THAT(sink.items[0].categories, ElementsAre("Küche", "Pfannen"));
  EXPECT_DOUBLE_EQ(sink.items[0].price, 12.5);
  EXPECT_THAT(error_of([&] {
                read_all({log}, {.user_column = "Kunde",
                                 .item_column = "Artikel Nr.",
                                 .item_files = {items.string()},
                                 .title_column = "Titel"});
              }),
              HasSubstr("--title-column"));
  const auto bad = read_all({file("dates.csv", "user,item,Datum\nu,i,yesterday\n")}, {.time_column = "Datum"});
  ASSERT_EQ(bad.bad.size(), 1u);
  EXPECT_THAT(bad.bad[0].reason, AllOf(HasSubstr("time (column Datum)"), HasSubstr("--time-format")));
  EXPECT_EQ(bad.bad[0].got, "yesterday");
}

TEST_F(CsvReaderTest, TablesOfItemsAndUsersAreKnownByTheirHeaders) {
  file("films.csv", "movieId,title,genres\n1,Up,Animation|Drama\n");
  file("people.csv", "user_id,name,age\nu,Ann,30\n");
  file("seen.csv", "user_id,movieId\nu,1\n");
  file("other.csv", "a,b\n1,2\n");
  const auto sink = read_all({folder_.path()}, {.format = "csv"});
  EXPECT_EQ(sink.interactions.size(), 1u);
  ASSERT_EQ(sink.items.size(), 1u);
  EXPECT_THAT(sink.items[0].categories, ElementsAre("Animation", "Drama"));
  ASSERT_EQ(sink.users.size(), 1u);
  EXPECT_EQ(sink.users[0].name, "Ann");
  EXPECT_THAT(sink.notes, testing::Contains(HasSubstr("other.csv: passed over")));
  const auto games = file("games.csv", "id,title\n7,Chess\n");
  EXPECT_EQ(read_all({folder_ / "seen.csv"}, {.item_files = {games.string()}}).items.at(0).key, "7");
  EXPECT_EQ(
      read_all({folder_ / "seen.csv"}, {.item_files = {games.string()}, .item_key_column = "title"}).items.at(0).key,
      "Chess");
}

TEST_F(CsvReaderTest, ListsInCells) {
  EXPECT_THAT(categories_of("['a', 'b']"), ElementsAre("a", "b"));
  EXPECT_THAT(categories_of("[\"a\", \"b, c\"]"), ElementsAre("a", "b, c"));
  EXPECT_THAT(categories_of("Diners, Breakfast & Brunch, Restaurants"),
              ElementsAre("Diners", "Breakfast & Brunch", "Restaurants"));
  EXPECT_THAT(categories_of("Home > Garden > Tools"), ElementsAre("Home", "Garden", "Tools"));
  EXPECT_THAT(categories_of("one"), ElementsAre("one"));
  EXPECT_THAT(texts_of("[unfinished"), ElementsAre("[unfinished"));
  EXPECT_THAT(texts_of("[not a list of texts]"), ElementsAre("[not a list of texts]"));
  const auto sink = read_all({file("log.csv", "user,item,tags\nu,i,\"['x', 'y']\"\n")});
  EXPECT_EQ(attribute_text(sink.interactions.at(0).attributes, "tags"), "[x|y]");
}

TEST_F(CsvReaderTest, QuotedTabsAndWindowsLetters) {
  const auto quoted = read_all({file("log.tsv", "user\titem\treview\nu1\ti1\t\"one\n\"\"two\"\"\"\nu2\ti2\tplain\n")});
  ASSERT_EQ(quoted.interactions.size(), 2u);
  EXPECT_EQ(quoted.interactions[0].review, "one\n\"two\"");
  const auto windows = read_all({file("w.csv",
                                      "user,item,review\nu,i,5 \x80 f\xfcr \x93"
                                      "Caf\xe9\x94\n")});
  ASSERT_EQ(windows.interactions.size(), 1u);
  EXPECT_EQ(windows.interactions[0].review, "5 € für “Café”");
  EXPECT_THAT(windows.notes, testing::Contains(HasSubstr("Windows-1252")));
}

TEST_F(CsvReaderTest, NestedJson) {
  const auto shop =
      file("shop.jsonl", R"({"customer": {"id": 5}, "at": "2018-06-17", "items": [{"sku": "a", "n": 1}, {"sku": "b"}]})"
                         "\n"
                         R"({"customer": {"id": 6}, "at": "2018-06-18", "items": []})"
                         "\n");
  const auto sink = read_all({shop}, {.user_column = "customer.id", .item_column = "items.sku", .time_column = "at"});
  ASSERT_EQ(sink.interactions.size(), 2u);
  EXPECT_EQ(sink.interactions[1].user, "5");
  EXPECT_EQ(sink.interactions[1].item, "b");
  EXPECT_EQ(sink.interactions[1].time_ms, 1529193600000);
  EXPECT_EQ(attribute_text(sink.interactions[0].attributes, "n"), "1");

  const auto lists =
      read_all({file("lists.json", R"([{"user": "u", "item": ["a", "b"], "rating": [1, 2], "timestamp": [10, 20]},)"
                                   "\n"
                                   R"( {"user": "v", "orders": [{"item": "c"}]}])")},
               {.format = "csv"});
  ASSERT_EQ(lists.interactions.size(), 3u);
  EXPECT_EQ(lists.interactions[1].item, "b");
  EXPECT_EQ(lists.interactions[1].rating, 2.0f);
  EXPECT_EQ(lists.interactions[1].time_ms, 20000);
  EXPECT_EQ(lists.interactions[2].user, "v");
  EXPECT_EQ(lists.interactions[2].item, "c");
  const auto bad = read_all({file("bad.jsonl", "{\"user\": \"u\", \"item\": \"i\", \"rating\": \"good\"}\n")});
  ASSERT_EQ(bad.bad.size(), 1u);
  EXPECT_EQ(bad.bad[0].got, "\"good\"");
}

TEST_F(CsvReaderTest, NamedColumnsBeatTheLookOfAnotherFormat) {
  const auto path = file("orders.jsonl", "{\"asin\": \"a\", \"customer\": \"c\", \"ts\": 5}\n");
  EXPECT_EQ(make_dataset_reader({.user_column = "customer"}, {path})->format(), "csv");
  EXPECT_EQ(make_dataset_reader({}, {path})->format(), "amazon");
}

TEST_F(CsvReaderTest, ATableOfAnyName) {
  EXPECT_EQ(read_all({file("events.log", "user item rating\nu i 3\nv j 4\n")}).interactions.size(), 2u);
  EXPECT_EQ(read_all({file("mac.csv", "user,item\ru,i\rv,j\r")}).interactions.size(), 2u);
}

TEST_F(CsvReaderTest, EmptyFilesAndFolders) {
  EXPECT_THAT(read_all({file("empty.csv", "")}).interactions, IsEmpty());
  EXPECT_EQ(read_all({file("log.csv.gz", test::gzip_text("user,item\nu,i\n"))}).interactions.size(), 1u);
  EXPECT_EQ(read_all({folder_.path()}).interactions.size(), 1u);
}

TEST_F(CsvReaderTest, TheListSaysWhatItKnows) {
  const auto notes = file("notes.md", "hello");
  EXPECT_THAT(error_of([&] { make_dataset_reader({}, {notes}); }),
              HasSubstr("amazon, movielens, mind, yelp, steam, lastfm, taobao, gowalla, s3rec, recbole, csv"));
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
  EXPECT_EQ(table.rows().size(), 25u);
  table.set("import.format", "csv", "test");
  table.set("import.user_column", "who", "test");
  EXPECT_EQ(options.format, "csv");
  EXPECT_EQ(options.user_column, "who");
  EXPECT_NE(table.find_flag("format"), nullptr);
  EXPECT_NE(table.find_flag("user-column"), nullptr);
}

}  // namespace
}  // namespace p5
