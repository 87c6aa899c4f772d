#include "decode/excluding_constraint.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>

#include "base/rng.h"
#include "decode/prefix_constraint.h"

namespace p5 {
namespace {

// Items with random paths over few tokens, some the prefix of another.
ItemIndex random_index(std::size_t items, Rng& rng) {
  std::set<std::vector<TokenId>> paths;
  while (paths.size() < items) {
    std::vector<TokenId> path(1 + rng.below(4));
    for (auto& token : path) token = static_cast<TokenId>(3 + rng.below(4));
    paths.insert(path);
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < items; ++i) names.push_back("item_" + std::to_string(i));
  return ItemIndex("test", {paths.begin(), paths.end()}, names);
}

std::set<ItemId> reachable(const TokenConstraint& constraint, const ItemTrie& trie) {
  std::set<ItemId> items;
  const std::function<void(TokenConstraint::State)> walk = [&](TokenConstraint::State state) {
    if (trie.item(state) != ItemTrie::kNoItem) items.insert(trie.item(state));
    for (const TokenId token : constraint.allowed(state)) walk(constraint.next(state, token));
  };
  walk(constraint.start());
  return items;
}

TEST(ExcludingConstraint, ReachesAllItemsButTheExcludedOnes) {
  Rng rng(7, "excluding");
  for (int round = 0; round < 200; ++round) {
    const std::size_t count = 1 + rng.below(30);
    const ItemIndex index = random_index(count, rng);
    const ItemTrie trie(index);
    std::vector<ItemId> excluded;
    std::set<ItemId> expected;
    for (ItemId item = 0; item < count; ++item) {
      if (rng.below(3) == 0) {
        excluded.insert(excluded.end(), 1 + rng.below(2), item);  // repeats must not count twice
      } else {
        expected.insert(item);
      }
    }
    const ExcludingConstraint constraint(trie, index, excluded);
    EXPECT_EQ(reachable(constraint, trie), expected);
  }
}

TEST(PrefixConstraint, PutsTheGivenTokensBeforeEveryPath) {
  Rng rng(9, "prefix");
  for (int round = 0; round < 50; ++round) {
    const ItemIndex index = random_index(1 + rng.below(20), rng);
    const ItemTrie trie(index);
    const TrieConstraint inner(trie);
    const std::vector<TokenId> prefix(rng.below(4), 5);
    const PrefixConstraint constraint(prefix, inner, static_cast<TokenConstraint::State>(trie.node_count()));
    TokenConstraint::State state = constraint.start();
    for (const TokenId token : prefix) {
      ASSERT_EQ(constraint.allowed(state).size(), 1u);
      EXPECT_EQ(constraint.allowed(state)[0], token);
      EXPECT_EQ(constraint.next(state, token + 1), TokenConstraint::kRefused);
      state = constraint.next(state, token);
    }
    EXPECT_EQ(state, inner.start());
    for (const TokenId token : inner.allowed(state)) EXPECT_EQ(constraint.next(state, token), inner.next(state, token));
  }
}

TEST(ExcludingConstraint, OpensNoDeadEnd) {
  const ItemIndex index("test", {{3, 4}, {3, 5}, {6}}, {"a", "b", "c"});
  const ItemTrie trie(index);
  const std::vector<ItemId> excluded{0, 1};
  const ExcludingConstraint constraint(trie, index, excluded);
  ASSERT_EQ(constraint.allowed(constraint.start()).size(), 1u);
  EXPECT_EQ(constraint.allowed(constraint.start())[0], 6);
}

}  // namespace
}  // namespace p5
