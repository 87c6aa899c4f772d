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

}  // namespace
}  // namespace p5
