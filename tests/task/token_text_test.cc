#include "task/token_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace p5 {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A word, three history items with a word between them, a word: 9 | 1 2 | 8 | 3 4 | 8 | 5 6 | 7.
TokenText history_of_three() {
  TokenText text;
  text.append_token(9, true);
  for (const TokenId first : {1, 3, 5}) {
    const std::vector<TokenId> path = {first, first + 1};
    const std::size_t begin = text.ids.size();
    text.append_item(path);
    const std::size_t item_end = text.ids.size();
    if (first < 5) text.append_token(8, true);
    text.history.push_back({begin, item_end, text.ids.size()});
  }
  text.append_token(7, true);
  return text;
}

TEST(TokenText, ItemsAreOneWordAndTellTheDepthOfTheirTokens) {
  const TokenText text = history_of_three();
  EXPECT_THAT(text.ids, ElementsAre(9, 1, 2, 8, 3, 4, 8, 5, 6, 7));
  EXPECT_THAT(text.starts_word, ElementsAre(1, 1, 0, 1, 1, 0, 1, 1, 0, 1));
  EXPECT_THAT(text.depth, ElementsAre(0, 1, 2, 0, 1, 2, 0, 1, 2, 0));
}

TEST(TokenText, WhatIsKnownOfTokensIsCutWithThem) {
  TokenText oldest = history_of_three(), newest = history_of_three();
  const auto done = oldest.shorten(7, TokenText::Order::kOldestFirst);
  EXPECT_EQ(done.dropped, 1u);
  EXPECT_EQ(done.excess, 0u);
  EXPECT_THAT(oldest.ids, ElementsAre(9, 3, 4, 8, 5, 6, 7));
  EXPECT_THAT(oldest.starts_word, ElementsAre(1, 1, 0, 1, 1, 0, 1));
  EXPECT_THAT(oldest.depth, ElementsAre(0, 1, 2, 0, 1, 2, 0));
  EXPECT_THAT(oldest.history, IsEmpty());
  newest.shorten(6, TokenText::Order::kNewestFirst);  // two items go, the first stays
  EXPECT_THAT(newest.ids, ElementsAre(9, 1, 2, 7));
  EXPECT_THAT(newest.starts_word, ElementsAre(1, 1, 0, 1));
  EXPECT_THAT(newest.depth, ElementsAre(0, 1, 2, 0));
}

TEST(TokenText, TheNewestItemStaysHoweverLongTheText) {
  TokenText text = history_of_three();
  const auto done = text.shorten(2, TokenText::Order::kOldestFirst);
  EXPECT_EQ(done.dropped, 2u);
  EXPECT_EQ(done.excess, 2u);
  EXPECT_THAT(text.ids, ElementsAre(9, 5, 6, 7));
  EXPECT_EQ(text.depth.size(), text.ids.size());
}

}  // namespace
}  // namespace p5
