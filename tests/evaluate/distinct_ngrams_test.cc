#include "evaluate/distinct_ngrams.h"

#include <gtest/gtest.h>

namespace p5 {
namespace {

// "a b a" and "a b": words a, b of 5; pairs "a b", "b a" of 3.
TEST(DistinctNgrams, AgreesWithHandCounts) {
  DistinctNgrams one(1), two(2);
  for (const char* text : {"a b a", "a b"}) {
    one.add(text);
    two.add(text);
  }
  EXPECT_DOUBLE_EQ(one.score(), 2.0 / 5);
  EXPECT_DOUBLE_EQ(two.score(), 2.0 / 3);
}

TEST(DistinctNgrams, CornerCases) {
  DistinctNgrams two(2);
  EXPECT_EQ(two.score(), 0);
  two.add("");
  two.add("word");
  EXPECT_EQ(two.score(), 0);
  two.add("two words");
  EXPECT_EQ(two.score(), 1);
}

}  // namespace
}  // namespace p5
