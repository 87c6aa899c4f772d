#include "evaluate/word_ngrams.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace p5 {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(WordNgrams, SplitsAtAnyRunOfWhiteSpace) {
  EXPECT_THAT(split_words(" one\ttwo \n three"), ElementsAre("one", "two", "three"));
  EXPECT_THAT(split_words(" \n"), IsEmpty());
}

TEST(WordNgrams, CommonCountClips) {
  WordNumbers numbers;
  const auto one = count_ngrams(numbers.of("a a a b"), 1), other = count_ngrams(numbers.of("a a c"), 1);
  EXPECT_EQ(common_count(one, other), 2u);
  EXPECT_EQ(common_count(other, one), 2u);
  EXPECT_THAT(count_ngrams(numbers.of("a b"), 3), IsEmpty());
}

}  // namespace
}  // namespace p5
