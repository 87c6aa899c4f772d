#include "indexing/index_stats.h"

#include <gtest/gtest.h>

#include "support/fake_corpus.h"

namespace p5 {
namespace {

// Two groups of three items, 10 and 11; in the first, items 0 and 1 share two tokens.
ItemIndex six_items() {
  return {"residual",
          {{10, 20, 30}, {10, 20, 31}, {10, 21}, {11, 20}, {11, 21}, {11, 22}},
          {"item_1", "item_2", "item_3", "item_4", "item_5", "item_6"}};
}

TEST(IndexStats, CountTokensPrefixesAndLengths) {
  const IndexStats stats = compute_index_stats(six_items());
  EXPECT_EQ(stats.items, 6u);
  EXPECT_EQ(stats.shortest, 2u);
  EXPECT_EQ(stats.longest, 3u);
  EXPECT_NEAR(stats.mean_length, 14.0 / 6, 1e-9);
  ASSERT_EQ(stats.levels.size(), 3u);
  EXPECT_EQ(stats.levels[0].tokens, 2u);
  EXPECT_NEAR(stats.levels[0].balance, 1.0, 1e-9);
  EXPECT_NEAR(stats.levels[0].items_per_prefix, 3.0, 1e-9);
  EXPECT_EQ(stats.levels[1].tokens, 3u);
  EXPECT_EQ(stats.levels[1].prefixes, 5u);
  EXPECT_NEAR(stats.levels[1].largest_share, 0.5, 1e-9);
  EXPECT_LT(stats.levels[1].balance, 1.0);
  EXPECT_EQ(stats.levels[2].items, 2u);
  EXPECT_GT(stats.trie_bytes_per_token, 0);
}

TEST(IndexStats, PrefixSharingOfNeighborsAndOfChance) {
  auto corpus = std::make_shared<const test::FakeCorpus>(test::FakeData{.histories = {{0, 1, 3}, {2, 0}}, .items = 6});
  const Split split(corpus, std::vector<Part>(5, Part::kTrain), "all");
  const auto sharing = prefix_sharing(six_items(), split);
  ASSERT_EQ(sharing.size(), 2u);
  EXPECT_NEAR(sharing[0].neighbors, 2.0 / 3, 1e-9);  // 0 1 and 2 0, not 1 3
  EXPECT_NEAR(sharing[0].chance, 6.0 / 15, 1e-9);
  EXPECT_NEAR(sharing[1].neighbors, 1.0 / 3, 1e-9);
  EXPECT_NEAR(sharing[1].chance, 1.0 / 15, 1e-9);
}

TEST(IndexStats, AgreementIsWholeWithItselfAndChanceWithMixedGroups) {
  const ItemIndex one = six_items();
  EXPECT_NEAR(first_token_agreement(one, one).share, 1.0, 1e-9);
  const ItemIndex other("x", {{7, 7}, {8, 7}, {7, 8}, {8, 8}, {7, 9}, {8, 9}}, {"a1", "a2", "a3", "a4", "a5", "a6"});
  const Agreement mixed = first_token_agreement(one, other);
  EXPECT_NEAR(mixed.share, 2.0 / 6, 1e-9);
  EXPECT_NEAR(mixed.chance, 6.0 / 15, 1e-9);
}

TEST(IndexStats, NearestIdsShareTheLongestPrefix) {
  const auto near = nearest_ids(six_items(), 0, 5);
  ASSERT_EQ(near.size(), 2u);
  EXPECT_EQ(near[0].item, 1u);
  EXPECT_EQ(near[0].shared, 2u);
  EXPECT_EQ(near[1].item, 2u);
  EXPECT_EQ(near[1].shared, 1u);
}

}  // namespace
}  // namespace p5
