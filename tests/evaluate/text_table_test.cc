#include "evaluate/text_table.h"

#include <gtest/gtest.h>

namespace p5 {
namespace {

TEST(TextTable, AlignsColumnsByLettersNotBytes) {
  TextTable table({"", "HR", "count"});
  table.add_row({"Schönheit", "0.5", "1"});
  table.add_row({"pop", "0.25", "22,363"});
  EXPECT_EQ(table.to_text(),
            "             HR   count\n"
            "-----------------------\n"
            "Schönheit   0.5       1\n"
            "pop        0.25  22,363\n");
}

// Columns that do not fit come in a block of their own, with the names of the rows again.
TEST(TextTable, BreaksBetweenColumns) {
  TextTable table({"", "HR@1", "HR@10", "NDCG"});
  table.add_row({"popularity", "0.1", "0.2", "0.3"});
  EXPECT_EQ(table.to_text(24),
            "            HR@1  HR@10\n"
            "-----------------------\n"
            "popularity   0.1    0.2\n"
            "\n"
            "            NDCG\n"
            "----------------\n"
            "popularity   0.3\n");
  EXPECT_EQ(table.to_text(10), table.to_text(1));  // a column at least
  EXPECT_EQ(table.to_text().find("\n\n"), std::string::npos);
}

TEST(InLines, BreaksAtBlanksByLetters) {
  EXPECT_EQ(in_lines("one two three", 7), "one two\nthree");
  EXPECT_EQ(in_lines("± ± ±", 3, 2), "± ±\n  ±");
  EXPECT_EQ(in_lines("awordthatistoolong b", 5), "awordthatistoolong\nb");
  EXPECT_EQ(in_lines("", 5), "");
}

TEST(WithNoun, HasAPlural) {
  EXPECT_EQ(with_noun(0, "user", "users"), "0 users");
  EXPECT_EQ(with_noun(1, "user", "users"), "1 user");
  EXPECT_EQ(with_noun(22363, "user", "users"), "22,363 users");
}

TEST(WithCommas, GroupsByThousands) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1000), "1,000");
  EXPECT_EQ(with_commas(1234567), "1,234,567");
}

}  // namespace
}  // namespace p5
