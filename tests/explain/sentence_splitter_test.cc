#include "explain/sentence_splitter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/rng.h"
#include "explain/lexicon.h"

namespace p5 {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Lexicon& english() {
  static const Lexicon lexicon = Lexicon::english();
  return lexicon;
}
std::vector<std::string_view> split(std::string_view text) { return split_sentences(text, english()); }

TEST(SentenceSplitter, EndsAtMarks) {
  EXPECT_THAT(split("It works. Really? Yes!! Good"), ElementsAre("It works.", "Really?", "Yes!!", "Good"));
  EXPECT_THAT(split("  It works.  \n"), ElementsAre("It works."));
  EXPECT_THAT(split(" \n . !! "), ElementsAre(".", "!!"));
  EXPECT_THAT(split(""), IsEmpty());
}

TEST(SentenceSplitter, KeepsClosingMarksWithTheirSentence) {
  EXPECT_THAT(split("(It works.) He said \"Go!\" Then left."),
              ElementsAre("(It works.)", "He said \"Go!\"", "Then left."));
  EXPECT_THAT(split("He said \u201cgo.\u201d Then left."), ElementsAre("He said \u201cgo.\u201d", "Then left."));
}

TEST(SentenceSplitter, FindsTheBlankThatIsMissing) {
  EXPECT_THAT(split("Smaller than I expected.The case is fine"),
              ElementsAre("Smaller than I expected.", "The case is fine"));
  EXPECT_THAT(split("blue for power.the latest one"), ElementsAre("blue for power.", "the latest one"));
  EXPECT_THAT(split("Great!Buy it"), ElementsAre("Great!", "Buy it"));
}

TEST(SentenceSplitter, AbbreviationsInitialsAndNumbersDoNotEndIt) {
  for (const char* whole : {"Pedals, e.g. delays, work well.", "B. B. King played it.", "It needs a 9.5 V supply.",
                            "Bought at amazon.com last week.", "Two ft. long.", "A .25 inch jack."}) {
    EXPECT_THAT(split(whole), ElementsAre(whole));
  }
  EXPECT_THAT(split("So do I. It works."), ElementsAre("So do I.", "It works."));
}

TEST(SentenceSplitter, EllipsesAndEmptyLinesEndIt) {
  EXPECT_THAT(split("not bad at all...even got one"), ElementsAre("not bad at all...", "even got one"));
  EXPECT_THAT(split("no mark\u2026 none"), ElementsAre("no mark\u2026", "none"));
  EXPECT_THAT(split("Pros\n\nIt is light\n- It is loud\nand clear"),
              ElementsAre("Pros", "It is light", "It is loud\nand clear"));
}

// For any text, sentences are in order and only blanks and bullets are lost between them.
TEST(SentenceSplitter, LosesNoWord) {
  Rng rng(5, "texts");
  const std::string_view pieces[] = {"word", "Word", ".",      "!",      "...", " ", "\n", "\n\n",
                                     "e.g",  "9",    "\u2026", "\u201d", ")",   "I", "-"};
  for (int round = 0; round < 500; ++round) {
    std::string text;
    for (std::size_t i = rng.below(20); i > 0; --i) text += pieces[rng.below(std::size(pieces))];
    std::string kept, letters;
    for (const std::string_view sentence : split(text)) kept += sentence;
    const auto plain = [](std::string_view all) {
      std::string out;
      for (const char c : all) {
        if (std::string_view(" \n-").find(c) == std::string_view::npos) out += c;
      }
      return out;
    };
    EXPECT_EQ(plain(kept), plain(text));
  }
}

}  // namespace
}  // namespace p5
