#include "evaluate/rouge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/rng.h"

namespace p5 {
namespace {

RougeResult rouge(const TextPair& pair) {
  Rouge metric;
  metric.add(pair);
  return metric.result();
}

void expect_score(const RougeScore& score, double precision, double recall) {
  EXPECT_NEAR(score.precision, precision, 1e-12);
  EXPECT_NEAR(score.recall, recall, 1e-12);
  const double f1 = precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
  EXPECT_NEAR(score.f1, f1, 1e-12);
}

// The example of Lin 2004, section 3.1: with the reference "police killed the gunman", "police kill the gunman" has the
// common subsequence "police the gunman" (3 of 4 words) and "the gunman kill police" only "the gunman" (2 of 4).
TEST(Rouge, FindsTheLongestCommonSubsequence) {
  expect_score(rouge({.reference = "police killed the gunman", .written = "police kill the gunman"}).rouge_l, 3.0 / 4,
               3.0 / 4);
  expect_score(rouge({.reference = "police killed the gunman", .written = "the gunman kill police"}).rouge_l, 2.0 / 4,
               2.0 / 4);
}

// Reference: 6 words, 5 pairs. Written: 4 words, 3 pairs. Shared words: the, sound, is, clear = 4. Shared pairs: "the
// sound", "sound is" = 2. Subsequence: all four words.
TEST(Rouge, AgreesWithHandCounts) {
  const RougeResult result = rouge({.reference = "the sound is warm and clear", .written = "the sound is clear"});
  expect_score(result.rouge1, 4.0 / 4, 4.0 / 6);
  expect_score(result.rouge2, 2.0 / 3, 2.0 / 5);
  expect_score(result.rouge_l, 4.0 / 4, 4.0 / 6);
}

// "the" occurs twice in the reference and three times in the written text: two of them count.
TEST(Rouge, ClipsRepeatedWords) {
  expect_score(rouge({.reference = "the cat the mat", .written = "the the the"}).rouge1, 2.0 / 3, 2.0 / 4);
}

// F1 is taken of each pair before the mean: (1 + 0) / 2, not the F1 of mean precision and mean recall.
TEST(Rouge, IsTheMeanOverPairs) {
  Rouge metric;
  metric.add({.reference = "warm sound", .written = "warm sound"});
  metric.add({.reference = "warm sound", .written = "bad strings"});
  const RougeResult result = metric.result();
  EXPECT_EQ(result.n, 2u);
  EXPECT_DOUBLE_EQ(result.rouge1.f1, 0.5);
  EXPECT_DOUBLE_EQ(result.rouge2.recall, 0.5);
  EXPECT_DOUBLE_EQ(result.rouge_l.precision, 0.5);
}

TEST(Rouge, ScoresZeroWhereThereIsNothingToDivideBy) {
  EXPECT_EQ(Rouge().result().rouge1.f1, 0);
  for (const TextPair& pair : {TextPair{"", ""}, TextPair{"some text", ""}, TextPair{"", "some text"}}) {
    const RougeResult result = rouge(pair);
    EXPECT_EQ(result.n, 1u);
    EXPECT_EQ(result.rouge1.f1, 0);
    EXPECT_EQ(result.rouge2.f1, 0);
    EXPECT_EQ(result.rouge_l.f1, 0);
  }
  const RougeResult one_word = rouge({.reference = "great", .written = "great"});
  EXPECT_EQ(one_word.rouge1.f1, 1);
  EXPECT_EQ(one_word.rouge2.f1, 0);
  EXPECT_EQ(one_word.rouge_l.f1, 1);
}

// Every subsequence of `a` by its bit mask, tried in `b`.
std::size_t longest_by_trial(const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b) {
  std::size_t longest = 0;
  for (std::uint32_t mask = 0; mask < (1u << a.size()); ++mask) {
    std::size_t size = 0;
    auto at = b.begin();
    bool fits = true;
    for (std::size_t i = 0; i < a.size() && fits; ++i) {
      if ((mask >> i & 1) == 0) continue;
      at = std::find(at, b.end(), a[i]);
      fits = at != b.end();
      if (fits) ++at;
      ++size;
    }
    if (fits) longest = std::max(longest, size);
  }
  return longest;
}

TEST(Rouge, LongestCommonSubsequenceAgreesWithTrial) {
  Rng rng(7, "subsequences");
  for (int round = 0; round < 200; ++round) {
    std::vector<std::uint32_t> a(rng.below(9)), b(rng.below(9));
    for (auto* words : {&a, &b}) {
      for (auto& word : *words) word = static_cast<std::uint32_t>(rng.below(4));
    }
    EXPECT_EQ(longest_common_subsequence(a, b), longest_by_trial(a, b));
  }
}

}  // namespace
}  // namespace p5
