#include "records/table_sniffer.h"

#include <gtest/gtest.h>

namespace p5 {
namespace {

TEST(TableSniffer, TheSeparatorGivesAllLinesTheSameFields) {
  const auto separator = [](std::string_view head) { return look_at_table(head, {}).separator; };
  EXPECT_EQ(separator("a,b,c\n1,2,3\n"), ',');
  EXPECT_EQ(separator("a;b\n1,5;2\n3,5;4\n"), ';');
  EXPECT_EQ(separator("a\tb, or c\n1\tx\n2\ty, z, w\n"), '\t');
  EXPECT_EQ(separator("a,text\n1,\"x;y;z\"\n2,\"u;v\"\n"), ',');
  EXPECT_EQ(separator("a|b\r1|2\r"), '|') << "lines of an old Mac";
  EXPECT_EQ(separator("u i r\n1 2 3\n4 5 6\n"), ' ');
  EXPECT_EQ(separator("one line of words\n"), ',') << "nothing tells";
  EXPECT_EQ(look_at_table("a\tb\n", {.separator = ','}).separator, ',');
}

TEST(TableSniffer, QuotesOfTabbedFiles) {
  const auto quotes = [](std::string_view head) { return look_at_table(head, {}).quotes; };
  EXPECT_EQ(quotes("u\ti\tt\nu1\ti1\t\"line one\nline \"\"two\"\"\"\n"), QuoteMode::kRfc4180);
  EXPECT_EQ(quotes("u\tt\nu1\t\"The View\" is back\nu2\tx\n"), QuoteMode::kNone);
  EXPECT_EQ(quotes("u\tt\nu1\t5\" disk\n"), QuoteMode::kNone);
  EXPECT_EQ(quotes("u,t\nu1,x\n"), QuoteMode::kRfc4180);
  EXPECT_EQ(look_at_table("u\tt\nu1\t\"x\"\n", {.quotes = QuoteMode::kNone}).quotes, QuoteMode::kNone);
}

TEST(TableSniffer, EncodingsAndTables) {
  const auto encoding = [](std::string_view head) { return look_at_table(head, {}).encoding; };
  EXPECT_EQ(encoding("a,b\nx,y\n"), TextEncoding::kUtf8);
  EXPECT_EQ(encoding("a,b\nCaf\xe9,\x80\n"), TextEncoding::kUtf8OrCp1252);
  EXPECT_EQ(encoding("a,b\nCafé,y\n\xff,z\n"), TextEncoding::kUtf8) << "a damaged line of a UTF-8 file";
  EXPECT_TRUE(looks_like_table("a,b\n1,2\n"));
  EXPECT_FALSE(looks_like_table("# A title\n\nSome words, and more.\n"));
  EXPECT_FALSE(looks_like_table("hello"));
}

}  // namespace
}  // namespace p5
