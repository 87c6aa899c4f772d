#include "decode/consensus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decode/decode_options.h"
#include "p5/error.h"
#include "support/table_scorer.h"

namespace p5 {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;
using Tokens = std::vector<TokenId>;

TEST(Agreement, IsTheF1OfSharedTokens) {
  const Tokens a = {3, 4, 4, 5}, b = {4, 9, 4, 4, 8, 3};
  EXPECT_DOUBLE_EQ(agreement(a, b), 2.0 * 3 / 10);  // 3, 4 and 4
  EXPECT_DOUBLE_EQ(agreement(b, a), agreement(a, b));
  EXPECT_DOUBLE_EQ(agreement(a, a), 1.0);
  EXPECT_DOUBLE_EQ(agreement(a, Tokens{7}), 0.0);
  EXPECT_DOUBLE_EQ(agreement(a, Tokens()), 0.0);
  EXPECT_DOUBLE_EQ(agreement(Tokens(), Tokens()), 1.0);
}

TEST(Consensus, TakesTheTextMostLikeTheOthers) {
  const std::vector<Hypothesis> texts = {
      {.tokens = {9}, .score = -0.1f},        // the likeliest, alone
      {.tokens = {3, 4, 5}, .score = -2.0f},  // shares two tokens with either of the next
      {.tokens = {3, 4, 6}, .score = -2.0f}, {.tokens = {7, 4, 5}, .score = -2.0f},
      {.tokens = {3, 8}, .score = -3.0f},  // the second source: all agree alike, the likelier wins, then the earlier
      {.tokens = {8, 3}, .score = -1.0f},    {.tokens = {8, 3}, .score = -1.0f},
      {.tokens = {3, 8}, .score = -2.0f},
  };
  const auto agreed = consensus(texts, 4);
  ASSERT_THAT(agreed, SizeIs(2));
  EXPECT_THAT(agreed[0].tokens, ElementsAre(3, 4, 5));
  EXPECT_THAT(agreed[1].tokens, ElementsAre(8, 3));
  EXPECT_THAT(consensus(texts, 1), SizeIs(8));
}

// The likeliest text is to end at once (0.4); six texts in ten go on, and nearly all of those say 5 5.
double short_or_alike(std::int32_t, const Tokens& prefix, TokenId token) {
  if (prefix.empty()) return token == kEndToken ? std::log(0.4) : token == 5 || token == 4 ? std::log(0.3) : -1e9;
  if (prefix.size() == 1) return token == 5 ? std::log(0.98) : token == 3 ? std::log(0.02) : -1e9;
  return token == kEndToken ? 0.0 : -1e9;
}

TEST(Consensus, IsWhatWriteTextReturns) {
  test::TableScorer scorer(3, 6, short_or_alike), again(3, 6, short_or_alike), plain(3, 6, short_or_alike);
  DecodeOptions options;
  for (const Hypothesis& text : write_text(plain, options)) EXPECT_TRUE(text.tokens.empty());
  options.temperature = 1;
  options.consensus = 200;
  const auto texts = write_text(scorer, options);
  ASSERT_THAT(texts, SizeIs(3));
  for (const Hypothesis& text : texts) EXPECT_THAT(text.tokens, ElementsAre(::testing::AnyOf(4, 5), 5));
  const auto same = write_text(again, options);
  for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(texts[i].tokens, same[i].tokens);
  options.temperature = 0;
  EXPECT_THROW(write_text(scorer, options), Error);
}

}  // namespace
}  // namespace p5
