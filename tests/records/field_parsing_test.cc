#include "records/field_parsing.h"

#include <gmock/gmock.h>

namespace p5 {
namespace {

using testing::ElementsAre;
using testing::Optional;

constexpr auto kAuto = TimeUnit::kAuto;

TEST(FieldParsing, NumbersAreWholeAndFinite) {
  EXPECT_THAT(parse_number("-4.5"), Optional(-4.5));
  EXPECT_THAT(parse_number("8.7e8"), Optional(8.7e8));
  for (const char* text : {"", " 1", "1 ", "nan", "inf", "1e999", "0x10", "1,5", "--1"}) {
    EXPECT_EQ(parse_number(text), std::nullopt) << text;
  }
  EXPECT_THAT(parse_rating("5"), Optional(5.0f));
  EXPECT_THAT(parse_rating("3.5"), Optional(3.5f));
  EXPECT_EQ(parse_rating("1e39"), std::nullopt);
  EXPECT_EQ(parse_rating("a"), std::nullopt);
}

TEST(FieldParsing, Prices) {
  EXPECT_THAT(parse_price("$3.17"), Optional(3.17));
  EXPECT_THAT(parse_price("1,234.56"), Optional(1234.56));
  EXPECT_THAT(parse_price("$3.17 - $5.00"), Optional(3.17));
  EXPECT_THAT(parse_price("from $19.99"), Optional(19.99));
  EXPECT_THAT(parse_price("12"), Optional(12.0));
  EXPECT_THAT(parse_price("12."), Optional(12.0));
  for (const char* text : {"", "free", "-3", ".a-box-inner{background-color:#fff1}", "1.2.3"}) {
    EXPECT_EQ(parse_price(text), std::nullopt) << text;
  }
}

TEST(FieldParsing, TimesOfNumbers) {
  EXPECT_THAT(parse_time("1393545600", kAuto), Optional(1393545600000));
  EXPECT_THAT(parse_time("1628643414042", kAuto), Optional(1628643414042));
  EXPECT_THAT(parse_time("1628643414042", TimeUnit::kMilliseconds), Optional(1628643414042));
  EXPECT_THAT(parse_time("8.7875094E8", kAuto), Optional(878750940000));
  EXPECT_THAT(parse_time("12.5", TimeUnit::kSeconds), Optional(12500));
  EXPECT_THAT(parse_time("5000", TimeUnit::kMilliseconds), Optional(5000));
  EXPECT_THAT(parse_time("-86400", kAuto), Optional(-86400000));
  EXPECT_EQ(parse_time("1628643414042", TimeUnit::kSeconds), std::nullopt);
  EXPECT_EQ(parse_time("9223372036854775807", kAuto), std::nullopt);
  EXPECT_EQ(parse_time("99999999999999999999999", kAuto), std::nullopt);
  EXPECT_EQ(parse_time("1393545600", TimeUnit::kIso), std::nullopt);
}

TEST(FieldParsing, TimesOfIso8601) {
  EXPECT_THAT(parse_time("1970-01-02", kAuto), Optional(86400000));
  EXPECT_THAT(parse_time("2014-02-28T00:00:00Z", kAuto), Optional(1393545600000));
  EXPECT_THAT(parse_time("2014-02-28 01:30:00.250+01:30", kAuto), Optional(1393545600250));
  EXPECT_THAT(parse_time("2014-02-27T19:00-0500", TimeUnit::kIso), Optional(1393545600000));
  EXPECT_THAT(parse_time("2000-02-29", kAuto), Optional(951782400000));
  for (const char* text : {"2014-02-30", "2014-13-01", "2014-2-1", "2014-02-28T25:00", "2014-02-28T", "2014-02-28x",
                           "2014-02-28T01:00:00.", "2014-02-28T01:00+99:00", "yesterday", "", "0000-01-01"}) {
    EXPECT_EQ(parse_time(text, kAuto), std::nullopt) << text;
  }
}

TEST(FieldParsing, UsDates) {
  EXPECT_THAT(parse_us_date("02 28, 2014"), Optional(1393545600000));
  EXPECT_THAT(parse_us_date("2 28, 2014"), Optional(1393545600000));
  EXPECT_EQ(parse_us_date("02 30, 2014"), std::nullopt);
  EXPECT_EQ(parse_us_date("2014-02-28"), std::nullopt);
}

TEST(FieldParsing, Splitting) {
  std::vector<std::string_view> fields;
  split_fields("a\t\tb\t", '\t', fields);
  EXPECT_THAT(fields, ElementsAre("a", "", "b", ""));
  split_fields("1::Title: 2::Genre", "::", fields);
  EXPECT_THAT(fields, ElementsAre("1", "Title: 2", "Genre"));
  split_fields("", ',', fields);
  EXPECT_THAT(fields, ElementsAre(""));
  EXPECT_THAT(split_words("  a  b ", ' '), ElementsAre("a", "b"));
  EXPECT_THAT(split_words("", ' '), ElementsAre());
}

}  // namespace
}  // namespace p5
