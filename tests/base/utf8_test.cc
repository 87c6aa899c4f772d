#include "base/utf8.h"

#include <gtest/gtest.h>

namespace p5 {
namespace {

std::string repaired(std::string text) {
  repair_utf8(text);
  return text;
}

TEST(Utf8, KeepsWellFormedText) {
  for (const char* text :
       {"", "plain ascii, longer than one word", "Zoë", "日本語", "\U0001F600 smile", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
    EXPECT_EQ(repaired(text), text);
  }
}

TEST(Utf8, ReplacesEachMaximalIllFormedPiece) {
  const std::string mark = "\xEF\xBF\xBD";
  EXPECT_EQ(repaired("a\xFFz"), "a" + mark + "z");
  EXPECT_EQ(repaired("\x80"), mark);
  EXPECT_EQ(repaired("\xC0\xAF"), mark + mark);             // overlong
  EXPECT_EQ(repaired("\xE0\x80\x80"), mark + mark + mark);  // overlong
  EXPECT_EQ(repaired("\xED\xA0\x80"), mark + mark + mark);  // surrogate
  EXPECT_EQ(repaired("\xF4\x90\x80\x80"), mark + mark + mark + mark);
  EXPECT_EQ(repaired("\xE2\x82"), mark);  // cut at the end
  EXPECT_EQ(repaired("\xE2\x82 x"), mark + " x");
  EXPECT_EQ(repaired("\xF0\x9F\x98"), mark);
  EXPECT_FALSE(is_utf8("twelve bytes\xC3"));
}

}  // namespace
}  // namespace p5
