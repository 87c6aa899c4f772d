#include "base/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace p5 {
namespace {

TEST(Utf8Prefix, AcceptsWellFormedText) {
  for (const char* text :
       {"", "plain", "\xC3\xA9", "\xE2\x96\x81", "\xF0\x9F\x98\x80", "\xED\x9F\xBF", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
}

TEST(Utf8Prefix, RefusesMalformedText) {
  for (const char* text : {"\x80", "\xC3", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
                           "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "a\xE2\x96", "\xE2\x28\xA1"}) {
    EXPECT_FALSE(is_utf8(text));
  }
}

TEST(Utf8Prefix, CutsBetweenCharacters) {
  const std::string text =
      "a\xE2\x96\x81"
      "b";
  EXPECT_EQ(utf8_prefix(text, 9), text);
  EXPECT_EQ(utf8_prefix(text, 4), text.substr(0, 4));
  EXPECT_EQ(utf8_prefix(text, 3), "a");
  EXPECT_EQ(utf8_prefix(text, 1), "a");
  EXPECT_EQ(utf8_prefix("\x80\x80\x80", 2), "");
}

}  // namespace
}  // namespace p5
