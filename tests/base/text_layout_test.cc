#include "base/text_layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace p5 {
namespace {

using ::testing::ElementsAre;

TEST(TextLayout, TheWidthIsThatOfColumnsWhereItMakesSense) {
  for (const auto& [columns, width] : {std::pair{"100", 100U}, {"20", 20U}, {"99999", 1000U}}) {
    ::setenv("COLUMNS", columns, 1);
    EXPECT_EQ(terminal_width(STDOUT_FILENO), width) << columns;
  }
  for (const char* nonsense : {"", "wide", "-5", "3", "80x"}) {
    ::setenv("COLUMNS", nonsense, 1);
    EXPECT_EQ(terminal_width(-1), 80U) << nonsense;
  }
  ::unsetenv("COLUMNS");
  EXPECT_EQ(terminal_width(-1), 80U) << "no terminal";
}

TEST(TextLayout, CutsAtCharacters) {
  EXPECT_EQ(text_width("Gl\u00fchwein"), 8U);
  EXPECT_EQ(cut_to_width("Gl\u00fchwein", 8), "Gl\u00fchwein");
  EXPECT_EQ(cut_to_width("Gl\u00fchwein", 7), "Gl\u00fch...");
  EXPECT_EQ(cut_to_width("Gl\u00fchwein", 3), "...");
  EXPECT_EQ(cut_to_width("Gl\u00fchwein", 0), "");
}

TEST(TextLayout, WrapsAtBlanks) {
  EXPECT_THAT(wrap_text("one two three", 7), ElementsAre("one two", "three"));
  EXPECT_THAT(wrap_text("one two three", 6), ElementsAre("one", "two", "three"));
  EXPECT_THAT(wrap_text("  a   incomprehensible b", 5), ElementsAre("a", "incomprehensible", "b"));
  EXPECT_THAT(wrap_text("", 5), ElementsAre(""));
}

TEST(TextLayout, ParagraphsHangBelowTheirFirstLine) {
  EXPECT_EQ(hanging_paragraph("  --lr", "learning rate after the warm-up", 10, 34),
            "  --lr    learning rate after the\n          warm-up\n");
  EXPECT_EQ(hanging_paragraph("  --longer", "help", 10, 34), "  --longer\n          help\n");
  EXPECT_EQ(hanging_paragraph("  --flag", "", 10, 34), "  --flag\n");
  EXPECT_EQ(hanging_paragraph("", "no head at all", 4, 14), "    no head at all\n") << "20 columns at least";
}

TEST(TextLayout, LinesThatAreTooWideAreWrappedBelowTheirText) {
  const std::string text = "read  a short line\nnote  a line that is wider than thirty columns\n\nend";
  EXPECT_EQ(fitted_lines(text, 6, 30),
            "read  a short line\nnote  a line that is wider\n      than thirty columns\n\nend");
  EXPECT_EQ(fitted_lines(text, 6, 0), text);
}

TEST(TextLayout, OneIsSingular) {
  EXPECT_EQ(counted(1, "step"), "1 step");
  EXPECT_EQ(counted(0, "step"), "0 steps");
  EXPECT_EQ(counted(2, "batch", "batches"), "2 batches");
}

TEST(InLines, BreaksAtBlanksByLetters) {
  EXPECT_EQ(in_lines("one two three", 7), "one two\nthree");
  EXPECT_EQ(in_lines("± ± ±", 5, 2), "± ±\n  ±");
  EXPECT_EQ(in_lines("awordthatistoolong b", 5), "awordthatistoolong\nb");
  EXPECT_EQ(in_lines("", 5), "");
}

TEST(WithNoun, HasAPlural) {
  EXPECT_EQ(counted(0, "user"), "0 users");
  EXPECT_EQ(counted(1, "user"), "1 user");
  EXPECT_EQ(counted(22363, "user"), "22,363 users");
}

TEST(WithCommas, GroupsByThousands) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1000), "1,000");
  EXPECT_EQ(with_commas(1234567), "1,234,567");
}

}  // namespace
}  // namespace p5
