#include "explain/review_words.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

namespace p5 {
namespace {

std::map<std::string, float> found_in(std::string_view text, const ReviewWordsOptions& options = {}) {
  static const Lexicon english = Lexicon::english();
  std::map<std::string, float> found;
  for (const WeightedWord& word : review_words(text, english, options)) {
    EXPECT_TRUE(found.emplace(word.text, word.weight).second) << word.text << " comes twice";
  }
  return found;
}

TEST(ReviewWords, AreWordsAndPairsWithinPunctuation) {
  const auto found = found_in("Nice tone, nice tone. Tone!", {.judgements = false, .unit = false});
  EXPECT_EQ(found, (std::map<std::string, float>{{"nice", 1}, {"tone", 1}, {"nice tone", 1}}));
  EXPECT_EQ(found_in("Nice tone", {.pairs = false, .judgements = false, .unit = false}).size(), 2u);
}

TEST(ReviewWords, HaveLengthOne) {
  double square = 0;
  for (const auto& [word, weight] : found_in("It broke on the first day", {.judgements = false})) {
    square += weight * weight;
  }
  EXPECT_NEAR(square, 1, 1e-5);
}

TEST(ReviewWords, CountPraiseAndBlameAndWhatNegationsMakeOfThem) {
  const auto praised = found_in("The tone is great."), turned = found_in("The tone is not great."),
             apart = found_in("Not for me: great tone.");
  EXPECT_GT(praised.at("<praise>"), 0);
  EXPECT_EQ(praised.at("<blame>"), 0);
  EXPECT_EQ(turned.at("<praise>"), 0);
  EXPECT_GT(turned.at("<blame>"), 0);
  EXPECT_GT(apart.at("<praise>"), 0);  // a punctuation mark ends what a negation turns
  EXPECT_TRUE(found_in("").empty());
}

}  // namespace
}  // namespace p5
