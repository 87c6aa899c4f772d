#include "text/token_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "p5/error.h"

namespace p5 {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(TokenBatch, PadsToTheLongestRow) {
  const TokenBatch batch = pad_rows({{.source = {5, 6, 1}, .whole_word = {1, 2, 0}, .target = {9, 1}},
                                     {.source = {7, 1}, .whole_word = {1, 0}, .target = {3, 4, 1}, .family = 2}});
  EXPECT_EQ(batch.rows, 2);
  EXPECT_EQ(batch.source_length, 3);
  EXPECT_EQ(batch.target_length, 3);
  EXPECT_THAT(batch.source, ElementsAre(5, 6, 1, 7, 1, 0));
  EXPECT_THAT(batch.source_mask, ElementsAre(1, 1, 1, 1, 1, 0));
  EXPECT_THAT(batch.whole_word, ElementsAre(1, 2, 0, 1, 0, 0));
  EXPECT_THAT(batch.target, ElementsAre(9, 1, 0, 3, 4, 1));
  EXPECT_THAT(batch.target_mask, ElementsAre(1, 1, 0, 1, 1, 1));
  EXPECT_THAT(batch.family, ElementsAre(0, 2));
  EXPECT_THAT(batch.row_weight, IsEmpty()) << "all weights are 1";
  EXPECT_EQ(batch.token_count(), 10);
}

TEST(TokenBatch, KeepsWeightsAndLeavesOutWhatNoRowHas) {
  const TokenBatch batch = pad_rows({{.source = {5, 1}, .whole_word = {}, .target = {}, .weight = 0.5f},
                                     {.source = {7, 8, 1}, .whole_word = {}, .target = {}}});
  EXPECT_THAT(batch.row_weight, ElementsAre(0.5f, 1.0f));
  EXPECT_THAT(batch.whole_word, IsEmpty());
  EXPECT_EQ(batch.target_length, 0);
  EXPECT_THAT(batch.target, IsEmpty());
  EXPECT_EQ(batch.token_count(), 5);
}

TEST(TokenBatch, LaysTheSetsOfTargetsUnderThem) {
  const TokenBatch batch = pad_rows({{.source = {5}, .whole_word = {}, .target = {7, 8, 1}, .target_set = {1, 2, 0}},
                                     {.source = {5}, .whole_word = {}, .target = {9, 1}}});
  EXPECT_THAT(batch.target_set, ElementsAre(1, 2, 0, 0, 0, 0));
  EXPECT_THAT(pad_rows({{.source = {5}, .whole_word = {}, .target = {1}}}).target_set, IsEmpty());
}

TEST(TokenBatch, OfNoRowsIsEmpty) {
  const TokenBatch batch = pad_rows({});
  EXPECT_EQ(batch.rows, 0);
  EXPECT_EQ(batch.token_count(), 0);
}

TEST(TokenBatch, RefusesWholeWordIdsOfAnotherLength) {
  EXPECT_THROW(pad_rows({{.source = {5, 1}, .whole_word = {1}, .target = {}}}), Error);
  EXPECT_THROW(pad_rows({{.source = {5, 1}, .whole_word = {1, 0}, .target = {}},
                         {.source = {5, 1}, .whole_word = {}, .target = {}}}),
               Error);
}

}  // namespace
}  // namespace p5
