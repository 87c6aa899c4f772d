#include "decode/trie_evidence.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/rng.h"
#include "decode/beam_search.h"
#include "decode/evidence_constraint.h"
#include "decode/excluding_constraint.h"
#include "decode/prefix_constraint.h"

namespace p5 {
namespace {

constexpr double kFloor = 1e-4;
constexpr EvidenceScale kScale = {.floor = kFloor, .gate = 0.5};

ItemIndex index_of(std::vector<std::vector<TokenId>> paths) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < paths.size(); ++i) names.push_back("item_" + std::to_string(i));
  return ItemIndex("test", std::move(paths), names);
}

float feature_of(double share) { return static_cast<float>(std::log((share + kFloor) / kFloor)); }

TEST(TrieEvidence, IsTheEvidenceItselfWhereIdsHaveOneToken) {
  const ItemIndex index = index_of({{10}, {11}, {12}, {13}});
  const ItemTrie trie(index);
  const std::vector<KnownItem> items{
      {.item = 2, .share = 0.75f}, {.item = 0, .share = 0.25f, .age = 4}, {.item = 3, .age = 0}};
  const TrieEvidence evidence(trie, index, items, kScale);
  const auto known = evidence.of(ItemTrie::kRoot);
  ASSERT_EQ(known.size(), 3u);
  EXPECT_EQ(known[0].token, 10);
  EXPECT_FLOAT_EQ(known[0].share, 0.25f);
  EXPECT_FLOAT_EQ(known[0].feature, feature_of(0.25));
  EXPECT_EQ(known[0].age, 4);
  EXPECT_EQ(known[1].token, 12);
  EXPECT_EQ(known[1].age, KnownItem::kNotInHistory);
  EXPECT_EQ(known[2].token, 13);
  EXPECT_EQ(known[2].feature, 0.0f);
  EXPECT_EQ(known[2].age, 0);
}

// "1", "2" and "10": that "1" is all of the answer is known as well as how it goes on.
TEST(TrieEvidence, OfAnAnswerThatBeginsAnotherIncludesItsEnd) {
  const ItemIndex index = index_of({{10}, {11}, {10, 20}});
  const ItemTrie trie(index);
  const std::vector<KnownItem> items{
      {.item = 0, .share = 0.3f}, {.item = 1, .share = 0.6f}, {.item = 2, .share = 0.1f}};
  const TrieEvidence evidence(trie, index, items, kScale, TrieEvidence::Depths::kAnswer);
  const auto after = evidence.of(trie.child(ItemTrie::kRoot, 10));
  ASSERT_EQ(after.size(), 2u);
  EXPECT_EQ(after[0].token, kEndToken);
  EXPECT_FLOAT_EQ(after[0].share, 0.75f);
  EXPECT_FLOAT_EQ(after[1].share, 0.25f);
  EXPECT_EQ(after[0].depth, TrieEvidence::kAnswerDepth);
  EXPECT_TRUE(evidence.of(trie.child(ItemTrie::kRoot, 11)).empty());  // its end is certain
}

TEST(TrieEvidence, SumsSharesBelowEachTokenGivenTheTokensSoFar) {
  const ItemIndex index = index_of({{10, 20}, {10, 21}, {11, 20}, {11, 22}});
  const ItemTrie trie(index);
  const std::vector<KnownItem> items{
      {.item = 0, .share = 0.5f, .age = 7}, {.item = 1, .share = 0.25f, .age = 2}, {.item = 3, .share = 0.25f}};
  const TrieEvidence evidence(trie, index, items, kScale);
  const auto first = evidence.of(ItemTrie::kRoot);
  ASSERT_EQ(first.size(), 2u);
  EXPECT_FLOAT_EQ(first[0].share, 0.75f);
  EXPECT_EQ(first[0].age, 2);  // the younger of the two below
  EXPECT_FLOAT_EQ(first[1].share, 0.25f);
  const auto second = evidence.of(trie.child(ItemTrie::kRoot, 10));
  ASSERT_EQ(second.size(), 2u);
  EXPECT_EQ(second[0].depth, 1);
  EXPECT_FLOAT_EQ(second[0].share, 0.5f / 0.75f);
  EXPECT_FLOAT_EQ(second[1].share, 0.25f / 0.75f);
  EXPECT_FLOAT_EQ(evidence.of(trie.child(ItemTrie::kRoot, 11))[0].share, 1.0f);
}

// Down the paths of any id, softmaxes over gated features multiply to the softmax over items: the same for all trees.
TEST(TrieEvidence, FeaturesSayTheSameWhateverTheIds) {
  const std::vector<KnownItem> items{
      {.item = 0, .share = 0.5f}, {.item = 1, .share = 0.3f}, {.item = 5, .share = 0.2f}};
  const auto probability = [&](const std::vector<std::vector<TokenId>>& paths, ItemId item) {
    const ItemIndex index = index_of(paths);
    const ItemTrie trie(index);
    const TrieSizes sizes(trie, kScale.gate);
    const TrieEvidence evidence(trie, index, items, kScale, TrieEvidence::Depths::kPath, &sizes);
    double product = 1;
    ItemTrie::Node node = ItemTrie::kRoot;
    for (const TokenId token : paths[item]) {
      double own = 1, sum = static_cast<double>(trie.allowed(node).size());
      for (const KnownToken& known : evidence.of(node)) {
        const double weight = std::exp(kScale.gate * double(known.feature));
        sum += weight - 1;
        if (known.token == token) own = weight;
      }
      product *= own / sum;
      node = trie.child(node, token);
    }
    return product;
  };
  const std::vector<std::vector<TokenId>> flat = {{10}, {11}, {12}, {13}, {14}, {15}};
  const std::vector<std::vector<TokenId>> tree = {{10, 20}, {10, 21}, {10, 22}, {10, 23}, {11, 20}, {11, 21}};
  const double all = std::sqrt(5001) + std::sqrt(3001) + std::sqrt(2001) + 3;
  EXPECT_NEAR(probability(flat, 0), std::sqrt(5001) / all, 1e-5);
  for (ItemId item = 0; item < 6; ++item) EXPECT_NEAR(probability(tree, item), probability(flat, item), 1e-6) << item;
  // Nothing is known below 11, where an id ends early beside a group.
  const std::vector<std::vector<TokenId>> uneven = {{10, 20}, {10, 21}, {11, 20}, {11, 21, 5}, {11, 21, 6}, {12}};
  for (ItemId item = 0; item < 6; ++item) EXPECT_NEAR(probability(uneven, item), probability(flat, item), 1e-6) << item;
}

// Groups of 300, 60 and 3 items, of which something is known in the first alone.
TEST(TrieEvidence, TokensThatNothingIsKnownOfWeighAsManyItemsAsAreBelowThem) {
  std::vector<std::vector<TokenId>> paths;
  const std::vector<TokenId> sizes = {300, 60, 3};
  for (TokenId group = 0; group < 3; ++group) {
    for (TokenId i = 0; i < sizes[static_cast<std::size_t>(group)]; ++i) paths.push_back({10 + group, 20 + i});
  }
  const ItemIndex index = index_of(paths);
  const ItemTrie trie(index);
  const TrieSizes unequal(trie, kScale.gate);
  EXPECT_EQ(unequal.nodes(), std::vector<ItemTrie::Node>{ItemTrie::kRoot}) << "groups have items alone";
  const TrieEvidence evidence(trie, index, std::vector<KnownItem>{{.item = 0, .share = 1.0f}}, kScale,
                              TrieEvidence::Depths::kPath, &unequal);
  const auto first = evidence.of(ItemTrie::kRoot);
  ASSERT_EQ(first.size(), 3u);
  const auto weight = [&](std::size_t i) { return std::exp(kScale.gate * double(first[i].feature)); };
  EXPECT_NEAR(weight(1) / weight(2), 20, 1e-3);
  EXPECT_NEAR(weight(0) / weight(2), (299 + std::sqrt(10001)) / 3, 1e-2);
  EXPECT_EQ(first[1].token, 11);
  EXPECT_EQ(first[1].share, 0.0f);
}

TEST(TrieEvidence, AGroupIsNotOldBecauseOneOfItsItemsIs) {
  const ItemIndex index = index_of({{10, 20}, {10, 21}, {11, 20}});
  const ItemTrie trie(index);
  const std::vector<KnownItem> items{{.item = 0, .age = 3}, {.item = 2, .age = 5}};
  const TrieEvidence evidence(trie, index, items, kScale);
  const auto first = evidence.of(ItemTrie::kRoot);
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0].age, KnownItem::kNotInHistory);
  EXPECT_EQ(first[1].age, 5);
  EXPECT_EQ(evidence.of(trie.child(ItemTrie::kRoot, 10))[0].age, 3);
}

// The user has all but one item of group 10, long ago and lately: that is no reason for the one that is left.
TEST(TrieEvidence, WhatTheHistoryHoldsLendsItsGroupNoWeight) {
  const ItemIndex index = index_of({{10, 20}, {10, 21}, {10, 22}, {11, 20}, {11, 21}, {11, 22}});
  const ItemTrie trie(index);
  const std::vector<KnownItem> items{{.item = 0, .held = true}, {.item = 1, .age = 3, .held = true}};
  EvidenceScale scale = kScale;
  scale.repeat = std::exp(-6.0);
  const TrieEvidence evidence(trie, index, items, scale);
  const auto first = evidence.of(ItemTrie::kRoot);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_NEAR(std::exp(kScale.gate * first[0].feature), (1 + 2 * std::exp(-6.0)) / 3, 1e-6) << "one item of three";
  const auto second = evidence.of(trie.child(ItemTrie::kRoot, 10));
  ASSERT_EQ(second.size(), 2u);
  EXPECT_NEAR(kScale.gate * second[0].feature, -6.0, 1e-6) << "too old for an age";
  EXPECT_EQ(second[1].age, 3);
  EXPECT_NEAR(second[1].feature, 0, 1e-6) << "its age says it";
}

TEST(TrieEvidence, SaysNothingOfOlderItemsWhereIdsHaveOneToken) {
  const ItemIndex index = index_of({{10}, {11}});
  const std::vector<KnownItem> items{{.item = 0, .held = true}};
  EvidenceScale scale = kScale;
  scale.repeat = std::exp(-6.0);
  EXPECT_TRUE(TrieEvidence(ItemTrie(index), index, items, scale).of(ItemTrie::kRoot).empty());
}

// Every node of random tries against sums over all items below it.
TEST(TrieEvidence, AgreesWithSumsOverAllItems) {
  Rng rng(3, "trie evidence");
  for (int round = 0; round < 50; ++round) {
    std::set<std::vector<TokenId>> paths;
    while (paths.size() < 20) {
      std::vector<TokenId> path(1 + rng.below(3));
      for (auto& token : path) token = static_cast<TokenId>(3 + rng.below(4));
      paths.insert(path);
    }
    const std::vector<std::vector<TokenId>> list(paths.begin(), paths.end());
    const ItemIndex index = index_of(list);
    const ItemTrie trie(index);
    std::vector<KnownItem> items;
    for (ItemId item = 0; item < 20; item += 1 + static_cast<ItemId>(rng.below(4))) {
      items.push_back({.item = item, .share = static_cast<float>(1 + rng.below(9))});
    }
    const TrieEvidence evidence(trie, index, items, kScale);
    for (const auto& path : list) {
      for (std::size_t depth = 0; depth < path.size(); ++depth) {
        const std::vector<TokenId> begin(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(depth));
        ItemTrie::Node node = ItemTrie::kRoot;
        for (const TokenId token : begin) node = trie.child(node, token);
        std::map<TokenId, double> sums;
        double all = 0;
        for (const KnownItem& known : items) {
          const auto& other = list[known.item];
          if (other.size() < depth || !std::equal(begin.begin(), begin.end(), other.begin())) continue;
          sums[other.size() > depth ? other[depth] : kEndToken] += known.share;
          all += known.share;
        }
        const auto known = evidence.of(node);
        ASSERT_EQ(known.size(), sums.size());
        for (const KnownToken& token : known) EXPECT_NEAR(token.share, sums[token.token] / all, 1e-5);
      }
    }
  }
}

// Item 0 is no candidate, and its id begins that of a candidate.
TEST(TrieEvidence, PassesOverItemsWhoseIdsBeginThoseOfCandidates) {
  const ItemIndex index = index_of({{10}, {10, 20}, {11}});
  const std::vector<ItemId> subset{1, 2};
  const ItemTrie trie(index, subset);
  EvidenceScale scale = kScale;
  scale.repeat = std::exp(-6.0);
  const std::vector<KnownItem> items{{.item = 0, .held = true}, {.item = 1, .share = 1.0f, .held = true}};
  const TrieEvidence evidence(trie, index, items, scale);
  ASSERT_EQ(evidence.of(ItemTrie::kRoot).size(), 1u);
  EXPECT_NEAR(evidence.of(ItemTrie::kRoot)[0].feature, std::log(10001), 1e-2);
}

TEST(TrieEvidence, PassesOverItemsThatAreNotInTheTrie) {
  const ItemIndex index = index_of({{10}, {11}});
  const std::vector<ItemId> subset{1};
  const ItemTrie trie(index, subset);
  const std::vector<KnownItem> items{{.item = 0, .share = 0.5f}, {.item = 1, .share = 0.5f}};
  const TrieEvidence evidence(trie, index, items, kScale);
  const auto known = evidence.of(ItemTrie::kRoot);
  ASSERT_EQ(known.size(), 1u);
  EXPECT_EQ(known[0].token, 11);
}

// As a model that knows nothing but evidence, with a gate of 1: log softmax of the features of allowed tokens.
class EvidenceScorer final : public NextTokenScorer {
 public:
  std::int32_t source_count() const override { return 1; }
  void score(const ScoreRequest& request, ScoreResult& result) override {
    result.offsets.assign(1, 0);
    result.values.clear();
    for (std::size_t row = 0; row < request.source.size(); ++row) {
      std::vector<Continuation> values;
      std::span<const KnownToken> known;
      if (!request.known_offsets.empty()) {
        const std::uint32_t begin = request.known_offsets[row];
        known = request.known.subspan(begin, request.known_offsets[row + 1] - begin);
      }
      double sum = 0;
      for (std::uint32_t i = request.allowed_offsets[row]; i < request.allowed_offsets[row + 1]; ++i) {
        float logit = 0.0f;
        for (const KnownToken& token : known) logit += token.token == request.allowed[i] ? token.feature : 0.0f;
        values.push_back({request.allowed[i], logit});
        sum += std::exp(static_cast<double>(logit));
      }
      for (Continuation& value : values) value.log_probability -= static_cast<float>(std::log(sum));
      std::stable_sort(values.begin(), values.end(),
                       [](const auto& a, const auto& b) { return a.log_probability > b.log_probability; });
      values.resize(std::min<std::size_t>(values.size(), static_cast<std::size_t>(request.top)));
      result.values.insert(result.values.end(), values.begin(), values.end());
      result.offsets.push_back(static_cast<std::uint32_t>(result.values.size()));
    }
  }
};

TEST(EvidenceConstraint, TellsTheScorerInEverySearchStep) {
  const ItemIndex index = index_of({{10, 20}, {10, 21}, {11, 20}, {11, 22}});
  const ItemTrie trie(index);
  const std::vector<KnownItem> items{{.item = 3, .share = 0.9f}, {.item = 0, .share = 0.1f}};
  const TrieEvidence evidence(trie, index, items, kScale);
  const TrieConstraint inner(trie);
  const EvidenceConstraint constraint(inner, evidence);
  const std::vector<TokenId> prefix{11, 20};
  const PrefixConstraint after(prefix, constraint, static_cast<TokenConstraint::State>(trie.node_count()));
  EvidenceScorer scorer;
  const std::vector<const TokenConstraint*> constraints{&after};
  const auto found = beam_search(scorer, constraints, {.beams = 4, .max_length = 5});
  ASSERT_EQ(found.front().size(), 4u);
  EXPECT_EQ(trie.item(found.front()[0].state), 3u);
  EXPECT_EQ(trie.item(found.front()[1].state), 0u);
}

// A known item in a small group, and a large group of which nothing is known: with one beam, a search by scores alone
// goes where most items are.
TEST(EvidenceConstraint, BeginningsAreJudgedByWhatTheyLeadTo) {
  std::vector<std::vector<TokenId>> paths{{10, 20}, {10, 21}};
  for (TokenId token = 20; token < 60; ++token) paths.push_back({11, token});
  const ItemIndex index = index_of(paths);
  const ItemTrie trie(index);
  const std::vector<KnownItem> items{{.item = 1, .share = 0.01f}};
  const EvidenceScale scale{.floor = 0.1, .gate = 1.0};  // it weighs 11, the other of its group 1, the large group 40
  const TrieEvidence evidence(trie, index, items, scale);
  ASSERT_TRUE(evidence.looks_ahead());
  EXPECT_NEAR(evidence.ahead(ItemTrie::kRoot, 10), std::log(11.0 / 12), 1e-6);
  EXPECT_NEAR(evidence.ahead(ItemTrie::kRoot, 11), -0.75 * std::log(40.0), 1e-6);
  const ItemTrie::Node small = trie.child(ItemTrie::kRoot, 10);
  EXPECT_EQ(evidence.ahead(small, 21), 0.0f) << "one item is all that is below";
  EXPECT_EQ(evidence.ahead(small, 20), 0.0f);
  const TrieConstraint inner(trie);
  const EvidenceConstraint constraint(inner, evidence);
  EvidenceScorer scorer;
  const std::vector<const TokenConstraint*> constraints{&constraint};
  const auto narrow = beam_search(scorer, constraints, {.beams = 1, .max_length = 4});
  EXPECT_EQ(trie.item(narrow.front().front().state), 1u);
  const auto wide = beam_search(scorer, constraints, {.beams = 42, .max_length = 4});
  ASSERT_EQ(wide.front().size(), 42u);
  EXPECT_EQ(narrow.front().front().score, wide.front().front().score) << "scores do not change";
}

TEST(EvidenceConstraint, IdsOfOneTokenNeedNoLookAhead) {
  const ItemIndex index = index_of({{10}, {11}});
  const ItemTrie trie(index);
  EXPECT_FALSE(TrieEvidence(trie, index, {}, kScale).looks_ahead());
}

}  // namespace
}  // namespace p5
