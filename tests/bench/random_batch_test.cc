#include "bench/random_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "p5/error.h"

namespace p5 {
namespace {

TEST(RandomBatch, IsDenseAndHasNoSpecialTokens) {
  Rng rng(1, "test");
  const TokenBatch batch = random_batch({.rows = 50, .source = 9, .target = 4}, 6, rng);
  EXPECT_EQ(batch.rows, 50);
  EXPECT_EQ(batch.source.size(), 450u);
  EXPECT_EQ(batch.target.size(), 200u);
  EXPECT_EQ(batch.token_count(), 650);
  EXPECT_THAT(batch.source, testing::Each(testing::AllOf(testing::Ge(2), testing::Lt(6))));
  for (TokenId token = 2; token < 6; ++token) EXPECT_THAT(batch.source, testing::Contains(token));
}

TEST(RandomBatch, DrawsAnew) {
  Rng rng(1, "test");
  const TokenBatch first = random_batch({.rows = 4, .source = 9}, 1000, rng);
  EXPECT_NE(first.source, random_batch({.rows = 4, .source = 9}, 1000, rng).source);
  EXPECT_EQ(first.target_length, 0);
}

TEST(RandomBatch, NeedsTokens) {
  Rng rng(1, "test");
  EXPECT_THROW(random_batch({.rows = 1, .source = 1}, 2, rng), Error);
}

}  // namespace
}  // namespace p5
