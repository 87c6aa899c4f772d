#include "t5/target_groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "p5/error.h"

namespace p5 {
namespace {

using ::testing::ElementsAre;

TokenBatch batch_of_two() {
  TokenBatch batch = pad_rows({{.source = {5}, .whole_word = {}, .target = {7, 9, 1}, .target_set = {1, 2, 0}},
                               {.source = {5}, .whole_word = {}, .target = {8, 1}, .target_set = {1, 0}}});
  batch.token_sets = std::make_shared<const TokenSets>(TokenSets{{6, 7, 8}, {9}});
  return batch;
}

TEST(TargetGroups, GatherKeptTokensBySet) {
  const TokenBatch batch = batch_of_two();
  const auto groups = group_targets(batch, 20);
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(groups[0].tokens, nullptr);
  EXPECT_THAT(groups[0].places, ElementsAre(2, 4));  // the padding after the second row is not counted
  EXPECT_THAT(groups[0].labels, ElementsAre(1, 1));
  EXPECT_THAT(groups[1].places, ElementsAre(0, 3));
  EXPECT_THAT(groups[1].labels, ElementsAre(1, 2));  // 7 and 8 among 6, 7, 8
  EXPECT_THAT(groups[2].places, ElementsAre(1));
  EXPECT_THAT(groups[2].labels, ElementsAre(0));
}

TEST(TargetGroups, WithoutSetsAreOne) {
  TokenBatch batch = batch_of_two();
  batch.target_set.clear();
  batch.token_sets = nullptr;
  const auto groups = group_targets(batch, 20);
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_THAT(groups[0].labels, ElementsAre(7, 9, 1, 8, 1));
}

TEST(TargetGroups, SmallOnesAreListedWithWhatIsKnown) {
  TokenBatch batch = batch_of_two();
  batch.evidence.offsets = {0, 2, 2, 2, 2, 2, 2};
  batch.evidence.tokens = {{.token = 6, .feature = 2.0f, .share = 0.5f, .age = 3, .depth = 1},
                           {.token = 9, .feature = 1.0f, .share = 0.5f}};
  batch.evidence.distill = 0.4f;
  auto groups = group_targets(batch, 20);
  const ListedColumns listed = listed_columns(batch, {.depths = 2, .ages = 5}, {.entries = 7}, groups);
  ASSERT_EQ(groups.size(), 1u) << "the vocabulary is too large, and 9 is alone in its set";
  EXPECT_EQ(groups[0].tokens, nullptr);
  EXPECT_THAT(listed.places, ElementsAre(0, 3));
  EXPECT_THAT(listed.offsets, ElementsAre(0, 3, 6));
  EXPECT_THAT(listed.columns, ElementsAre(6, 7, 8, 6, 7, 8));
  EXPECT_THAT(listed.target, ElementsAre(0.2f, 0.8f, 0.0f, 0.0f, 0.0f, 1.0f));
  EXPECT_THAT(listed.known.columns, ElementsAre(0)) << "9 does not compete there";
  EXPECT_THAT(listed.known.depth, ElementsAre(1));
  EXPECT_THAT(listed.known.repeat, ElementsAre(8));
  EXPECT_THAT(listed.known.feature, ElementsAre(2.0f));
}

TEST(TargetGroups, LargeOnesAreNotListed) {
  const TokenBatch batch = batch_of_two();
  for (const ListLimits limits : {ListLimits{.entries = 6}, ListLimits{.entries = 7, .tokens = 3}}) {
    auto groups = group_targets(batch, 20);
    EXPECT_TRUE(listed_columns(batch, {}, limits, groups).places.empty());
    EXPECT_EQ(groups.size(), 2u);
  }
}

TEST(TargetGroups, RefuseWhatDoesNotFit) {
  TokenBatch no_sets = batch_of_two(), small = batch_of_two(), short_row = batch_of_two(), outside = batch_of_two();
  no_sets.token_sets = nullptr;
  EXPECT_THROW(group_targets(no_sets, 20), Error);
  EXPECT_THROW(group_targets(small, 9), Error) << "token 9 is beyond the vocabulary";
  short_row.target_set.pop_back();
  EXPECT_THROW(group_targets(short_row, 20), Error);
  outside.target[0] = 9;
  EXPECT_THROW(group_targets(outside, 20), Error) << "9 is not of the first set";
}

}  // namespace
}  // namespace p5
