#include "indexing/item_trie.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "p5/error.h"
#include "support/random_paths.h"

namespace p5 {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Walks the path and the end token; the item found there.
ItemId walk(const ItemTrie& trie, std::span<const TokenId> path) {
  ItemTrie::Node node = ItemTrie::kRoot;
  for (const TokenId token : path) {
    node = trie.child(node, token);
    if (node == ItemTrie::kNone) return ItemTrie::kNoItem;
    EXPECT_EQ(trie.item(node), ItemTrie::kNoItem) << "items are only after the end token";
  }
  node = trie.child(node, kEndToken);
  return node == ItemTrie::kNone ? ItemTrie::kNoItem : trie.item(node);
}

// All items that following allowed() reaches.
std::multiset<ItemId> reachable(const ItemTrie& trie) {
  std::multiset<ItemId> items;
  std::vector<ItemTrie::Node> open = {ItemTrie::kRoot};
  while (!open.empty()) {
    const ItemTrie::Node node = open.back();
    open.pop_back();
    const auto tokens = trie.allowed(node);
    EXPECT_TRUE(std::ranges::is_sorted(tokens));
    EXPECT_EQ(std::set<TokenId>(tokens.begin(), tokens.end()).size(), tokens.size());
    if (trie.item(node) != ItemTrie::kNoItem) {
      EXPECT_THAT(tokens, IsEmpty());
      items.insert(trie.item(node));
    }
    for (const TokenId token : tokens) {
      open.push_back(trie.child(node, token));
      EXPECT_EQ(token == kEndToken, trie.item(open.back()) != ItemTrie::kNoItem);
    }
  }
  return items;
}

TEST(ItemTrie, Pitfall15ReachesEveryItemOnceAndEndsInTheEndToken) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng(seed, "trie");
    const ItemIndex index = test::random_index(rng, 1 + rng.below(150));
    const ItemTrie trie(index);
    std::multiset<ItemId> all;
    for (ItemId item = 0; item < index.size(); ++item) {
      all.insert(item);
      EXPECT_EQ(walk(trie, index.path(item)), item);
    }
    EXPECT_EQ(reachable(trie), all);
    EXPECT_EQ(trie.depth(), index.longest_path() + 1);
  }
}

TEST(ItemTrie, Pitfall16KeepsPrefixIdsReachable) {
  const ItemIndex index("test", {{5, 6, 7}, {5}, {5, 6}}, {"a", "b", "c"});
  const ItemTrie trie(index);
  const ItemTrie::Node five = trie.child(ItemTrie::kRoot, 5);
  EXPECT_THAT(trie.allowed(ItemTrie::kRoot), ElementsAre(5));
  EXPECT_THAT(trie.allowed(five), ElementsAre(kEndToken, 6));
  for (ItemId item = 0; item < 3; ++item) EXPECT_EQ(walk(trie, index.path(item)), item);
  EXPECT_EQ(trie.depth(), 4u);
  EXPECT_EQ(trie.node_count(), 7u);
}

TEST(ItemTrie, AllowsNothingElse) {
  const ItemTrie trie(ItemIndex("test", {{5, 6}, {8}}, {"a", "b"}));
  for (const TokenId token : {-1, 0, 1, 4, 6, 7, 9, 1 << 30}) {
    EXPECT_EQ(trie.child(ItemTrie::kRoot, token), ItemTrie::kNone) << token;
  }
}

TEST(ItemTrie, OverASubsetHoldsOnlyIt) {
  Rng rng(7, "subset");
  const ItemIndex index = test::random_index(rng, 100);
  const std::vector<ItemId> subset = {40, 3, 99, 3, 17};
  EXPECT_EQ(reachable(ItemTrie(index, subset)), (std::multiset<ItemId>{3, 17, 40, 99}));
  const ItemTrie none(index, std::span<const ItemId>());
  EXPECT_THAT(none.allowed(ItemTrie::kRoot), IsEmpty());
  EXPECT_EQ(none.depth(), 0u);
  EXPECT_THROW(ItemTrie(index, std::vector<ItemId>{100}), Error);
}

}  // namespace
}  // namespace p5
