#include "text/plain_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/rng.h"

namespace p5 {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(PlainWords, LoseCaseAndPunctuation) {
  EXPECT_THAT(plain_words("It's a well-made case -- GREAT, really (5/5)!"),
              ElementsAre("it's", "a", "well-made", "case", "great", "really", "5", "5"));
  EXPECT_THAT(plain_words("d'\u00e9t\u00e9 caf\u00e9's"), ElementsAre("d'\u00e9t\u00e9", "caf\u00e9's"));
  EXPECT_THAT(plain_words(" ...-' \u2014\u00a0"), IsEmpty());
}

TEST(PlainWords, TypographicMarksAreMarks) {
  EXPECT_THAT(plain_words("it\u2019s \u201cgood\u201d\u2026so\u2014there \u20ac5 \u00bd"),
              ElementsAre("it's", "good", "so", "there", "\u20ac5"));
}

TEST(PlainWords, KnowWhereTheyStand) {
  const std::string_view text = "(Nice sound!)";
  const auto words = scan_plain_words(text);
  ASSERT_EQ(words.size(), 2u);
  EXPECT_EQ(text.substr(words[1].begin, words[1].end - words[1].begin), "sound");
}

// For any bytes: words cover distinct ascending ranges, and the scan ends.
TEST(PlainWords, AcceptAnyBytes) {
  Rng rng(3, "bytes");
  for (int round = 0; round < 300; ++round) {
    std::string text(rng.below(40), ' ');
    for (char& byte : text) byte = static_cast<char>(rng.coin() ? rng.below(256) : 0xE2);
    std::size_t last = 0;
    for (const PlainWord& word : scan_plain_words(text)) {
      EXPECT_GE(word.begin, last);
      EXPECT_GT(word.end, word.begin);
      last = word.end;
    }
    EXPECT_LE(last, text.size());
  }
}

}  // namespace
}  // namespace p5
