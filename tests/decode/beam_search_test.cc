#include "decode/beam_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "p5/error.h"
#include "support/random_paths.h"
#include "support/table_scorer.h"

namespace p5 {
namespace {

using test::TableScorer;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Tokens = std::vector<TokenId>;
using Lists = std::vector<std::vector<Hypothesis>>;

constexpr TokenId kVocabulary = 10;

std::vector<const TokenConstraint*> repeated(const TokenConstraint& constraint, std::int32_t sources) {
  return std::vector<const TokenConstraint*>(static_cast<std::size_t>(sources), &constraint);
}

// The log-probability of an item: the sum over its path and the end token, each normalised over what the trie allows.
double log_probability(const TableScorer& scorer, std::int32_t source, const ItemTrie& trie,
                       std::span<const TokenId> path) {
  ItemTrie::Node node = ItemTrie::kRoot;
  Tokens tokens;
  double sum = 0.0;
  for (std::size_t i = 0; i <= path.size(); ++i) {
    const TokenId token = i < path.size() ? path[i] : kEndToken;
    const auto allowed = trie.allowed(node);
    for (const auto& choice : scorer.continuations(source, tokens, {allowed.begin(), allowed.end()})) {
      if (choice.token == token) sum += choice.log_probability;
    }
    node = trie.child(node, token);
    tokens.push_back(token);
  }
  return sum;
}

struct Ranked {
  double score;
  ItemId item;
};

std::vector<Ranked> enumerate(const TableScorer& scorer, std::int32_t source, const ItemIndex& index,
                              const ItemTrie& trie, double penalty = 0.0) {
  std::vector<Ranked> items;
  for (ItemId item = 0; item < index.size(); ++item) {
    const auto path = index.path(item);
    const double sum = log_probability(scorer, source, trie, path);
    items.push_back({sum / std::pow(static_cast<double>(path.size() + 1), penalty), item});
  }
  std::sort(items.begin(), items.end(), [](const Ranked& a, const Ranked& b) { return a.score > b.score; });
  return items;
}

ItemId item_of(const Hypothesis& hypothesis, const ItemTrie& trie) { return trie.item(hypothesis.state); }

TEST(BeamSearch, WideEnoughEqualsEnumeration) {
  for (std::uint64_t seed = 0; seed < 25; ++seed) {
    Rng rng(seed, "beam");
    const std::size_t items = 1 + rng.below(60);
    const ItemIndex index = test::random_index(rng, items);
    const ItemTrie trie(index);
    const TrieConstraint constraint(trie);
    const float penalty = seed % 3 == 0 ? 0.0f : seed % 3 == 1 ? 0.7f : -0.5f;
    TableScorer scorer = TableScorer::random(seed, 3, kVocabulary);
    const Lists lists = beam_search(scorer, repeated(constraint, 3),
                                    {.beams = static_cast<std::int32_t>(items + rng.below(5)),
                                     .max_length = static_cast<std::int32_t>(trie.depth()),
                                     .length_penalty = penalty});
    for (std::int32_t source = 0; source < 3; ++source) {
      const auto expected = enumerate(scorer, source, index, trie, penalty);
      const auto& list = lists[static_cast<std::size_t>(source)];
      ASSERT_EQ(list.size(), items) << "seed " << seed;
      for (std::size_t i = 0; i < items; ++i) {
        EXPECT_EQ(item_of(list[i], trie), expected[i].item) << "seed " << seed << " rank " << i;
        EXPECT_NEAR(list[i].score, expected[i].score, 1e-4);
        EXPECT_TRUE(list[i].finished);
        EXPECT_EQ(index.find(list[i].tokens), item_of(list[i], trie));
      }
    }
  }
}

TEST(BeamSearch, NarrowListsHoldDistinctItemsInOrder) {
  for (std::uint64_t seed = 0; seed < 25; ++seed) {
    Rng rng(seed, "narrow");
    const ItemIndex index = test::random_index(rng, 100);
    const ItemTrie trie(index);
    const TrieConstraint constraint(trie);
    const auto beams = static_cast<std::int32_t>(1 + rng.below(20));
    TableScorer scorer = TableScorer::random(seed, 2, kVocabulary);
    const Lists lists = beam_search(scorer, repeated(constraint, 2),
                                    {.beams = beams, .max_length = static_cast<std::int32_t>(trie.depth())});
    for (std::int32_t source = 0; source < 2; ++source) {
      const auto& list = lists[static_cast<std::size_t>(source)];
      std::set<ItemId> items;
      ASSERT_THAT(list, SizeIs(beams));
      for (std::size_t i = 0; i < list.size(); ++i) {
        items.insert(item_of(list[i], trie));
        ASSERT_LT(item_of(list[i], trie), index.size());
        EXPECT_TRUE(std::ranges::equal(index.path(item_of(list[i], trie)), list[i].tokens));
        EXPECT_NEAR(list[i].score, log_probability(scorer, source, trie, list[i].tokens), 1e-4);
        EXPECT_LE(list[i].score, list[i == 0 ? 0 : i - 1].score);
      }
      EXPECT_THAT(items, SizeIs(beams)) << "every item once";
    }
  }
}

TEST(BeamSearch, InABatchEqualsOneAtATime) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    Rng rng(seed, "batch");
    const ItemIndex index = test::random_index(rng, 80);
    const ItemTrie all(index), few(index, std::vector<ItemId>{3, 8, 50}), none(index, std::span<const ItemId>());
    const TrieConstraint any(all), some(few), nothing(none);
    const std::vector<const TokenConstraint*> constraints = {&any, &some, &nothing, &any, &some};
    const BeamOptions options = {.beams = 6, .max_length = 5};
    TableScorer together = TableScorer::random(seed, 5, kVocabulary);
    const Lists lists = beam_search(together, constraints, options);
    EXPECT_THAT(lists[1], SizeIs(3)) << "fewer items than beams";
    EXPECT_THAT(lists[2], IsEmpty());
    for (std::int32_t source = 0; source < 5; ++source) {
      const auto s = static_cast<std::size_t>(source);
      TableScorer alone = TableScorer::random(seed, 1, kVocabulary, source);
      const auto list = beam_search(alone, std::span(constraints).subspan(s, 1), options)[0];
      ASSERT_EQ(list.size(), lists[s].size());
      for (std::size_t i = 0; i < list.size(); ++i) {
        EXPECT_EQ(list[i].tokens, lists[s][i].tokens);
        EXPECT_EQ(list[i].score, lists[s][i].score);
      }
    }
  }
}

TEST(BeamSearch, FindsAnIdAndWhatItBegins) {
  const ItemIndex index("test", {{5}, {5, 6}, {5, 6, 7}}, {"a", "b", "c"});
  const ItemTrie trie(index);
  const TrieConstraint constraint(trie);
  TableScorer scorer(1, kVocabulary, [](std::int32_t, const Tokens&, TokenId) { return 0.0; });
  const auto list = beam_search(scorer, repeated(constraint, 1), {.beams = 5, .max_length = 4})[0];
  ASSERT_THAT(list, SizeIs(3));
  EXPECT_THAT(list[0].tokens, ElementsAre(5));
  EXPECT_THAT(list[1].tokens, ElementsAre(5, 6));
  EXPECT_THAT(list[2].tokens, ElementsAre(5, 6, 7));
  EXPECT_NEAR(list[0].score, std::log(0.5), 1e-6);
  EXPECT_NEAR(list[2].score, std::log(0.25), 1e-6);
}

TEST(BeamSearch, OrdersEqualScoresByToken) {
  const ItemIndex index("test", {{9}, {4}, {6}, {5}}, {"a", "b", "c", "d"});
  const ItemTrie trie(index);
  const TrieConstraint constraint(trie);
  TableScorer scorer(1, kVocabulary, [](std::int32_t, const Tokens&, TokenId) { return 0.0; });
  const auto list = beam_search(scorer, repeated(constraint, 1), {.beams = 3, .max_length = 2})[0];
  ASSERT_THAT(list, SizeIs(3));
  EXPECT_THAT(list[0].tokens, ElementsAre(4));
  EXPECT_THAT(list[1].tokens, ElementsAre(5));
  EXPECT_THAT(list[2].tokens, ElementsAre(6));
}

// Sources whose best answers are short stop early, and their rows are no longer asked for.
TEST(BeamSearch, StopsASourceThatCannotGetBetter) {
  const auto ends_at_once = [](std::int32_t source, const Tokens&, TokenId token) {
    return token == kEndToken ? (source == 0 ? 5.0 : -1.0) : 0.0;
  };
  TableScorer scorer(2, kVocabulary, ends_at_once);
  const Lists lists = beam_search(scorer, {}, {.beams = 1, .max_length = 12});
  EXPECT_THAT(lists[0][0].tokens, IsEmpty());
  EXPECT_TRUE(lists[0][0].finished);
  EXPECT_EQ(scorer.rows(), 2 + 11) << "the first source is asked once, the second to the end";
}

TEST(BeamSearch, ReturnsUnfinishedTextOnlyWhenNothingFinished) {
  const auto never_ends = [](std::int32_t, const Tokens&, TokenId token) {
    return token == kEndToken ? -std::numeric_limits<double>::infinity() : -0.1 * token;
  };
  TableScorer scorer(1, kVocabulary, never_ends);
  const auto list = beam_search(scorer, {}, {.beams = 2, .max_length = 3})[0];
  ASSERT_THAT(list, SizeIs(2));
  EXPECT_FALSE(list[0].finished);
  EXPECT_THAT(list[0].tokens, ElementsAre(0, 0, 0));
  EXPECT_NE(list[0].tokens, list[1].tokens);
}

TEST(BeamSearch, FreeTextIsDistinctToo) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    TableScorer scorer = TableScorer::random(seed, 1, kVocabulary);
    const auto list = beam_search(scorer, {}, {.beams = 8, .max_length = 6})[0];
    std::set<Tokens> texts;
    for (const Hypothesis& hypothesis : list) texts.insert(hypothesis.tokens);
    EXPECT_EQ(texts.size(), list.size());
    EXPECT_FALSE(list.empty());
  }
}

TEST(BeamSearch, RefusesImpossibleRequests) {
  const ItemIndex index("test", {{5}}, {"a"});
  const ItemTrie trie(index);
  const TrieConstraint constraint(trie);
  TableScorer scorer = TableScorer::random(1, 2, kVocabulary);
  EXPECT_THROW(beam_search(scorer, {}, {.beams = 0}), Error);
  EXPECT_THROW(beam_search(scorer, {}, {.beams = 1, .max_length = 0}), Error);
  EXPECT_THROW(beam_search(scorer, repeated(constraint, 1), {}), Error);
  const std::vector<const TokenConstraint*> mixed = {&constraint, nullptr};
  EXPECT_THROW(beam_search(scorer, mixed, {}), Error);
  TableScorer broken(1, kVocabulary, [](std::int32_t, const Tokens&, TokenId) { return std::nan(""); });
  EXPECT_THROW(beam_search(broken, {}, {}), Error);
  TableScorer nobody = TableScorer::random(1, 0, kVocabulary);
  EXPECT_THAT(beam_search(nobody, {}, {}), IsEmpty());
}

}  // namespace
}  // namespace p5
