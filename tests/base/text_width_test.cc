#include "base/text_width.h"

#include <gtest/gtest.h>

#include "base/utf8.h"

namespace p5 {
namespace {

TEST(TextWidth, CountsColumnsAndNotBytes) {
  EXPECT_EQ(text_width(""), 0u);
  EXPECT_EQ(text_width("abc"), 3u);
  EXPECT_EQ(text_width("Am\xC3\xA9lie"), 6u);
  EXPECT_EQ(text_width("e\xCC\x81"), 1u);                 // a combining accent
  EXPECT_EQ(text_width("\xE5\x8D\x83\xE3\x81\xA8"), 4u);  // two wide letters
  EXPECT_EQ(text_width("\xF0\x9F\x8E\xB8"), 2u);          // a guitar
  EXPECT_EQ(text_width("\xFF\xFE"), 2u);                  // not UTF-8
}

TEST(TextWidth, CutsWhereItMustAndNeverALetter) {
  EXPECT_EQ(cut_to_width("Toy Story", 9), "Toy Story");
  EXPECT_EQ(cut_to_width("Toy Story", 8), "Toy S...");
  EXPECT_EQ(cut_to_width("Toy Story", 7), "Toy...");  // no blank before the dots
  EXPECT_EQ(cut_to_width("Toy Story", 2), "..");
  EXPECT_EQ(cut_to_width("Toy Story", 0), "");
  const std::string wide = "\xE5\x8D\x83\xE3\x81\xA8\xE5\x8D\x83\xE5\xB0\x8B";
  for (std::size_t width = 0; width <= text_width(wide); ++width) {
    const std::string cut = cut_to_width(wide, width);
    EXPECT_TRUE(is_utf8(cut)) << width;
    EXPECT_LE(text_width(cut), width);
  }
}

}  // namespace
}  // namespace p5
