#include "encoders/compact_batch.h"

#include <gtest/gtest.h>

#include <vector>

namespace p5 {
namespace {

// Of 20 items: padding is 0 and the mask 21.
TEST(CompactBatch, HoldsTheTokensThatAreMet) {
  TokenBatch batch;
  batch.rows = 2;
  batch.source_length = batch.target_length = 2;
  batch.source = {5, 21, 9, 0};
  batch.target = {9, 5, 12, 0};
  batch.evidence.offsets = {0, 1, 1, 2, 2};
  batch.evidence.tokens = {{.token = 3, .feature = 0.5f}, {.token = 12, .feature = 0.25f}};
  BatchCompactor compactor(22);
  for (int again = 0; again < 2; ++again) {  // nothing is left of an earlier batch
    const CompactBatch compact = compactor.compact(batch, std::vector<std::int64_t>{8, 18});
    EXPECT_EQ(compact.tokens, (std::vector<std::int64_t>{0, 3, 5, 9, 12, 19, 21}));
    EXPECT_EQ(compact.items(), 5);
    EXPECT_EQ(compact.batch.source, (std::vector<TokenId>{2, 6, 3, 0}));
    EXPECT_EQ(compact.batch.target, (std::vector<TokenId>{3, 2, 4, 0}));
    EXPECT_EQ(compact.batch.evidence.tokens[0].token, 1);
    EXPECT_EQ(compact.batch.evidence.tokens[1].token, 4);
    EXPECT_EQ(compact.batch.evidence.tokens[1].feature, 0.25f);
    EXPECT_EQ(compact.drawn, (std::vector<std::int64_t>{2, 4}));  // items 8 and 18 are tokens 9 and 19
  }
}

TEST(CompactBatch, OfNothingHasPaddingAndMask) {
  TokenBatch batch;
  batch.rows = batch.source_length = 1;
  batch.source = {0};
  const CompactBatch compact = BatchCompactor(7).compact(batch, {});
  EXPECT_EQ(compact.tokens, (std::vector<std::int64_t>{0, 6}));
  EXPECT_EQ(compact.items(), 0);
}

}  // namespace
}  // namespace p5
