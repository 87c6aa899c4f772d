#include "base/terminal_text.h"

#include <gtest/gtest.h>

namespace p5 {
namespace {

const std::string kMark = "\xEF\xBF\xBD";

TEST(TerminalText, KeepsPrintableText) {
  for (const char* text :
       {"", "plain text", "Zoë, 日本語 \U0001F600", "a\xC2\xA0z", "\xE2\x80\x94 dash \xE2\x80\xA6"}) {
    EXPECT_EQ(terminal_text(text), text);
    EXPECT_EQ(terminal_lines(text), text);
  }
}

TEST(TerminalText, ReplacesControlCharacters) {
  EXPECT_EQ(terminal_text("\033]0;owned\007\033[31mred"), kMark + "]0;owned" + kMark + kMark + "[31mred");
  EXPECT_EQ(terminal_text(std::string("a\0b\b\x7F", 5)), "a" + kMark + "b" + kMark + kMark);
  EXPECT_EQ(terminal_text("\xC2\x9B"
                          "31m"),
            kMark + "31m");  // C1: CSI in one character
  EXPECT_EQ(terminal_text("\xC2\x80\xC2\x9F"), kMark + kMark);
  EXPECT_EQ(terminal_text("\x9B"
                          "31m"),
            kMark + "31m");  // ill-formed
}

TEST(TerminalText, ReplacesMarksOfDirection) {
  EXPECT_EQ(terminal_text("\xE2\x80\xAA\xE2\x80\xAE|\xE2\x81\xA6\xE2\x81\xA9"), kMark + kMark + "|" + kMark + kMark);
}

TEST(TerminalText, PutsLinesIntoOne) {
  EXPECT_EQ(terminal_text("a\nb\r\tc\v\f"), "a b  c  ");
  EXPECT_EQ(terminal_text("a\xC2\x85"
                          "b\xE2\x80\xA8"
                          "c\xE2\x80\xA9"),
            "a b c ");
  EXPECT_EQ(terminal_lines("a\nb\r\tc\033"), "a\nb  c" + kMark);
}

}  // namespace
}  // namespace p5
