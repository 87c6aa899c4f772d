#include "t5/source_chunks.h"

#include <gtest/gtest.h>

#include <vector>

#include "t5/model_batches.h"

namespace p5 {
namespace {

using namespace p5::test;

TEST(SourceChunks, LongestFirstAndNoLargerThanAsked) {
  const TokenBatch batch = random_batch({{3, 0}, {14, 0}, {5, 0}, {14, 0}, {1, 0}}, 1);
  const std::vector<SourceChunk> chunks = source_chunks(batch, SourcePadding::kSkip, 28);
  ASSERT_EQ(chunks.size(), 2U);
  EXPECT_EQ(chunks[0].rows, (std::vector<std::int32_t>{1, 3}));
  EXPECT_EQ(chunks[0].length, 14);
  EXPECT_EQ(chunks[1].rows, (std::vector<std::int32_t>{2, 0, 4}));
  EXPECT_EQ(chunks[1].length, 5);
  EXPECT_EQ(source_chunks(batch, SourcePadding::kSkip, 1).size(), 5U);
}

TEST(SourceChunks, PaddingMayBeKept) {
  const TokenBatch batch = random_batch({{3, 0}, {14, 0}}, 2);
  const std::vector<SourceChunk> chunks = source_chunks(batch, SourcePadding::kKeep, 100);
  ASSERT_EQ(chunks.size(), 1U);
  EXPECT_EQ(chunks[0].rows, (std::vector<std::int32_t>{0, 1}));
  EXPECT_EQ(chunks[0].length, 14);
}

TEST(SourceChunks, RowsAreReadToTheirLastKeptPosition) {
  TokenBatch batch = random_batch({{4, 0}, {4, 0}, {4, 0}}, 3);
  batch.source_mask = {1, 0, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1};
  EXPECT_EQ(read_length(batch, 0), 3);
  EXPECT_EQ(read_length(batch, 1), 4);
  EXPECT_EQ(read_length(batch, 2), 4);
}

}  // namespace
}  // namespace p5
