#include "ingest/recbole_reader.h"

#include <gmock/gmock.h>

#include <cmath>
#include <map>

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

class RecBoleReaderTest : public test::ReaderTest {};

TEST_F(RecBoleReaderTest, AtomicFiles) {
  file("ml.inter",
       "user_id:token\titem_id:token\trating:float\ttimestamp:float\tevent_type:token\tprice:float\r\n"
       "196\t242\t3\t8.81250949E8\tview\t2.5\r\n186\t302\t\t\t\t\r\n");
  file("ml.item",
       "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\tvector:float_seq\t"
       "score:float\n242\tToy Story\t1995\tAnimation  Comedy\t1 2.5\t\n302\t\t\t\t\t0.5\n");
  file("ml.user", "user_id:token\tage:float\tname:token\n196\t24\tAnn\n");
  file("ml.link", "item_id:token\tentity_id:token\n");
  EXPECT_EQ(make_dataset_reader({}, {folder_.path()})->format(), "recbole");
  const auto sink = read_folder();
  ASSERT_THAT(sink.bad, IsEmpty());
  ASSERT_EQ(sink.interactions.size(), 2u);
  EXPECT_EQ(sink.interactions[0].rating, 3.0f);
  EXPECT_EQ(sink.interactions[0].time_ms, 881250949000);
  EXPECT_EQ(sink.interactions[0].event, "view");
  EXPECT_EQ(attribute_text(sink.interactions[0].attributes, "price"), "2.5");
  EXPECT_EQ(sink.interactions[0].attributes.size(), 1u);
  EXPECT_THAT(sink.interactions[1].attributes, IsEmpty());
  EXPECT_TRUE(std::isnan(sink.interactions[1].rating));
  EXPECT_EQ(sink.interactions[1].time_ms, kNoTime);
  ASSERT_EQ(sink.items.size(), 2u);
  EXPECT_EQ(sink.items[0].title, "Toy Story");
  EXPECT_THAT(sink.items[0].categories, ElementsAre("Animation", "Comedy"));
  EXPECT_EQ(attribute_text(sink.items[0].attributes, "release_year"), "1995");
  EXPECT_EQ(attribute_text(sink.items[0].attributes, "vector"), "[1|2.5]");
  EXPECT_EQ(attribute_text(sink.items[0].attributes, "score"), "absent");
  EXPECT_EQ(attribute_text(sink.items[1].attributes, "score"), "0.5");
  ASSERT_EQ(sink.users.size(), 1u);
  EXPECT_EQ(sink.users[0].name, "Ann");
  EXPECT_EQ(attribute_text(sink.users[0].attributes, "age"), "24");
}

TEST_F(RecBoleReaderTest, ListsOfEarlierItemsAreSequences) {
  const auto sink = read_input("s.inter",
                               "session_id:token\titem_id_list:token_seq\titem_id:token\n"
                               "1\tp10 p11\tp14\n2\tp11\tp12\n2\tp11 p12\tp13\n2\tp12 p13\tp15\n3\t\tp9\n");
  std::map<std::string, std::string> sequences;
  for (const auto& event : sink.interactions) sequences[event.user] += event.item + " ";
  EXPECT_EQ(sequences["1"], "p10 p11 p14 ");
  EXPECT_EQ(sequences["2"], "p11 p12 p13 p15 ") << "rows of one user overlap";
  EXPECT_EQ(sequences["3"], "p9 ");
  EXPECT_EQ(sink.earlier_count, 3u);
}

TEST_F(RecBoleReaderTest, ACellWithoutAPriceIsAnItemWithoutOne) {
  const auto sink = read_input("x.item", "item_id:token\ttitle:token_seq\tprice:float\n1\tA\t-\n2\tB\t3.5\n");
  ASSERT_EQ(sink.items.size(), 2u);
  EXPECT_TRUE(std::isnan(sink.items[0].price));
  EXPECT_EQ(sink.items[1].price, 3.5);
}

TEST_F(RecBoleReaderTest, WrongSeparatorIsNamedWithTheOneToTry) {
  file("x.inter", "user_id:token,item_id:token,rating:float\n1,2,3\n");
  EXPECT_THAT(
      error_of([&] { read_all({folder_ / "x.inter"}); }),
      AllOf(HasSubstr("x.inter:1, column 1"), HasSubstr("separated by tab"), HasSubstr("import.separator=comma")));
  EXPECT_EQ(read_all({folder_ / "x.inter"}, {.separator = "comma"}).interactions.size(), 1u);

  const auto sink = read_input("y.inter", "user_id:token\titem_id:token\n1,2\n3\t4\n");
  ASSERT_EQ(sink.bad.size(), 1u);
  EXPECT_EQ(sink.bad[0].line, 2u);
  EXPECT_EQ(sink.bad[0].reason, "columns: expected 2 separated by tab");
  EXPECT_THAT(sink.bad[0].got, HasSubstr("import.separator=comma"));
}

TEST_F(RecBoleReaderTest, HeaderErrors) {
  const auto said = [&](std::string_view text) {
    file("x.inter", text);
    return error_of([&] { read_all({folder_ / "x.inter"}); });
  };
  EXPECT_THAT(said(""), HasSubstr("no header"));
  EXPECT_THAT(said("user_id:token\titem_id\n"), HasSubstr("column 2"));
  EXPECT_THAT(said("user_id:token\titem_id:int\n"), HasSubstr("'item_id:int'"));
  EXPECT_THAT(said("user_id:token\tfilm:token\n"), AllOf(HasSubstr("--item-column"), HasSubstr("user_id, film")));
}

TEST_F(RecBoleReaderTest, BadRows) {
  const auto sink = read_input(
      "x.inter", "user_id:token\titem_id:token\trating:float\n\t2\t3\n1\t\t3\n1\t2\tx\n1\t2\n1\t\xff\t3\n1\t2\t3\n");
  EXPECT_EQ(sink.interactions.size(), 1u);
  EXPECT_EQ(sink.bad.size(), 5u);
  const auto items =
      read_input("x.item", "item_id:token\tsize:float\tv:float_seq\n1\tbig\t1\n2\t1\t1 x\n\t1\t1\n3\t1\t1\n");
  EXPECT_EQ(items.items.size(), 1u);
  ASSERT_EQ(items.bad.size(), 3u);
  EXPECT_EQ(items.bad[0].reason, "size: expected a number");
  EXPECT_EQ(items.bad[0].got, "big");
  EXPECT_EQ(items.bad[1].reason, "v: expected numbers");
}

TEST_F(RecBoleReaderTest, QuotesAsPandasOrAsLetters) {
  const auto pandas =
      read_input("x.item", "item_id:token\ttitle:token_seq\n1\t\"Two\nlines\"\n2\t\"a\"b\n3\t5\" disk\n");
  ASSERT_EQ(pandas.items.size(), 3u);
  EXPECT_EQ(pandas.items[0].title, "Two\nlines");
  EXPECT_EQ(pandas.items[1].title, "ab");
  EXPECT_EQ(pandas.items[2].title, "5\" disk");
  const auto none = read_all({folder_ / "x.item"}, {.quote = "none"});
  EXPECT_EQ(none.items.size(), 3u);
  EXPECT_EQ(none.items[0].title, "\"Two");
  EXPECT_EQ(none.bad.size(), 1u);
}

TEST_F(RecBoleReaderTest, AnUnclosedQuoteIsReported) {
  const auto sink = read_input("x.item", "item_id:token\ttitle:token_seq\n1\tok\n2\t\"open\n3\tlost\n");
  EXPECT_EQ(sink.items.size(), 1u);
  ASSERT_EQ(sink.bad.size(), 1u);
  EXPECT_EQ(sink.bad[0].line, 3u);
  EXPECT_EQ(sink.bad[0].got, "lines 3 to 4");
}

}  // namespace
}  // namespace p5
