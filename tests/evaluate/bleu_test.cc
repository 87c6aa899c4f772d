#include "evaluate/bleu.h"

#include <gtest/gtest.h>

#include <cmath>

namespace p5 {
namespace {

double bleu(std::size_t longest, const TextPair& pair) {
  Bleu metric;
  metric.add(pair);
  return metric.score(longest);
}

// The example of Papineni et al. 2002, section 2.1: seven times "the" against a reference with two of them gives the
// clipped unigram precision 2/7; the written text is longer than the reference, so there is no penalty.
TEST(Bleu, ClipsRepeatedWords) {
  const TextPair pair{.reference = "the cat is on the mat", .written = "the the the the the the the"};
  EXPECT_NEAR(bleu(1, pair), 2.0 / 7, 1e-12);
  EXPECT_EQ(bleu(2, pair), 0);
}

// Written: 5 words; reference: 7 words. Unigrams the, sound, is, great: 4 of 5. Bigrams "the sound", "sound is",
// "is great": 3 of 4. Trigrams: 2 of 3. Runs of four: "the sound is great": 1 of 2. BP = exp(1 - 7/5).
TEST(Bleu, AgreesWithHandCounts) {
  const TextPair pair{.reference = "the sound is great for the money", .written = "the sound is great overall"};
  const double bp = std::exp(1 - 7.0 / 5);
  EXPECT_NEAR(bleu(1, pair), bp * 0.8, 1e-12);
  EXPECT_NEAR(bleu(2, pair), bp * std::sqrt(0.8 * 0.75), 1e-12);
  EXPECT_NEAR(bleu(4, pair), bp * std::pow(0.8 * 0.75 * (2.0 / 3) * 0.5, 0.25), 1e-12);
}

// Counts are summed over the corpus before they are divided: (1 + 4) of (1 + 8) words, not the mean of 1/1 and 4/8.
// Reference words 1 + 4 = 5 are fewer than the 9 written.
TEST(Bleu, IsOfTheWholeCorpus) {
  Bleu metric;
  metric.add({.reference = "good", .written = "good"});
  metric.add({.reference = "a b c d", .written = "a b c d e f g h"});
  EXPECT_NEAR(metric.score(1), 5.0 / 9, 1e-12);
  EXPECT_EQ(metric.brevity_penalty(), 1);
}

TEST(Bleu, IsOneForIdenticalTexts) {
  Bleu metric;
  for (const char* text : {"the strings last for months", "works as it should , no more", "loud clear cheap light"}) {
    metric.add({.reference = text, .written = text});
  }
  for (std::size_t longest = 1; longest <= 4; ++longest) EXPECT_DOUBLE_EQ(metric.score(longest), 1);
}

TEST(Bleu, IsZeroForNothingWrittenAndForTooFewWords) {
  EXPECT_EQ(Bleu().score(1), 0);
  EXPECT_EQ(bleu(1, {.reference = "some text", .written = ""}), 0);
  EXPECT_EQ(bleu(1, {.reference = "", .written = "some text"}), 0);
  const TextPair one_word{.reference = "great", .written = "great"};
  EXPECT_DOUBLE_EQ(bleu(1, one_word), 1);
  EXPECT_EQ(bleu(2, one_word), 0);  // no run of two words, and no smoothing
}

TEST(Bleu, WordsAreSetApartByAnyWhiteSpaceAndKeepTheirCase) {
  EXPECT_DOUBLE_EQ(bleu(2, {.reference = "great  sound\n", .written = "\tgreat sound"}), 1);
  EXPECT_EQ(bleu(1, {.reference = "Great", .written = "great"}), 0);
}

}  // namespace
}  // namespace p5
