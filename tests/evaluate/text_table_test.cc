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

TEST(WithCommas, GroupsByThousands) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1000), "1,000");
  EXPECT_EQ(with_commas(1234567), "1,234,567");
}

}  // namespace
}  // namespace p5
