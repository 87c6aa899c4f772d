#include "decode/code_table.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "base/rng.h"
#include "decode/code_evidence.h"
#include "p5/error.h"

namespace p5 {
namespace {

ItemIndex index_of(std::vector<std::vector<TokenId>> paths) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < paths.size(); ++i) names.push_back("item_" + std::to_string(i));
  return ItemIndex("test", std::move(paths), names);
}

// Two levels of codes, and digits where codes are equal.
const std::vector<std::vector<TokenId>> kPaths = {{10, 20}, {10, 21, 30}, {10, 21, 31}, {12, 20}, {11, 21}};

TEST(CodeTable, ScoresAreTheBruteForceSumsOverTheLevels) {
  const CodeTable table(index_of(kPaths));
  ASSERT_EQ(table.levels(), 3u);
  Rng rng(5, "logits");
  std::vector<float> logits;
  for (std::size_t i = 0; i < table.tokens().size(); ++i) logits.push_back(static_cast<float>(3 * rng.normal()));
  std::vector<float> logs = logits, scores(kPaths.size());
  table.normalize(logs);
  table.score(logs, scores);
  for (std::size_t item = 0; item < kPaths.size(); ++item) {
    double expected = 0;
    for (const TokenId code : kPaths[item]) {
      double sum = 0, own = 0;
      for (std::size_t i = 0; i < table.tokens().size(); ++i) {
        if (table.tokens()[i] / 10 != code / 10) continue;  // a token of another level
        sum += std::exp(static_cast<double>(logits[i]));
        if (table.tokens()[i] == code) own = logits[i];
      }
      expected += own - std::log(sum);
    }
    EXPECT_NEAR(scores[item], expected, 1e-4) << item;
  }
}

TEST(CodeTable, CountsTheItemsOfEachCode) {
  const CodeTable table(index_of(kPaths));
  EXPECT_EQ(table.holders()[table.place_of(10)], 3u);
  EXPECT_EQ(table.holders()[table.place_of(31)], 1u);
  EXPECT_EQ(table.level_size(0), 3u);
  EXPECT_EQ(table.level_size(2), 2u);
}

TEST(CodeTable, RefusesATokenAtTwoPlaces) {
  try {
    const CodeTable table(index_of({{10, 11}, {11, 10}}));
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("task.parallel_codes"), std::string::npos);
  }
}

// Of 5 items, 10 has items 0, 1, 2 and 21 has 1, 2, 4. Item 1 has all shares: with e = 1e-2 and g = 0.5 it weighs
// v = sqrt(101). The codes 11 and 12, which nothing is known of, have one item each.
TEST(CodeEvidence, IsTheLogarithmOfWhatTheItemsOfACodeWeigh) {
  const CodeTable table(index_of(kPaths));
  const std::vector<KnownItem> items{{.item = 1, .share = 0.8f}};
  const CodeEvidence evidence(table, items, {.floor = 1e-2, .gate = 0.5});
  const double v = std::sqrt(101.0);
  ASSERT_EQ(evidence.of(0).size(), 1u);
  EXPECT_EQ(evidence.of(0)[0].token, 10);
  EXPECT_EQ(evidence.of(0)[0].share, 1.0f);
  EXPECT_NEAR(evidence.of(0)[0].feature, std::log((v - 1 + 3) / 1.0) / (0.5 * 3), 1e-5);
  EXPECT_NEAR(evidence.of(1)[0].feature, std::log((v - 1 + 3) / 2.0) / (0.5 * 3), 1e-5) << "20 has two items";
  EXPECT_EQ(evidence.of(2)[0].token, 30);
  EXPECT_EQ(evidence.of(2)[0].depth, 2);
  const std::vector<KnownItem> held{{.item = 1, .share = 0.8f}, {.item = 3, .held = true}, {.item = 9, .share = 0.2f}};
  const auto logs = log_weights(held, kPaths.size(), {.floor = 1e-2, .gate = 0.5, .repeat = 0.1});
  EXPECT_NEAR(logs[0], std::log(v), 1e-6) << "item 9 is not there";
  EXPECT_NEAR(logs[1], std::log(0.1), 1e-6);
}

TEST(CodeEvidence, SharesOfOneCodeAreSummed) {
  const CodeTable table(index_of(kPaths));
  const std::vector<KnownItem> items{
      {.item = 1, .share = 0.5f}, {.item = 4, .share = 0.25f}, {.item = 3, .share = 0.25f}};
  const CodeEvidence evidence(table, items, {});
  ASSERT_EQ(evidence.of(1).size(), 2u);
  EXPECT_FLOAT_EQ(evidence.of(1)[0].share, 0.25f) << "20: item 3";
  EXPECT_FLOAT_EQ(evidence.of(1)[1].share, 0.75f) << "21: items 1 and 4";
}

// Where every item has one token of its own, both kinds of evidence are the same.
TEST(CodeEvidence, IsTheEvidenceOfTheTrieForIdsOfOneToken) {
  const ItemIndex index = index_of({{10}, {11}, {12}, {13}});
  const ItemTrie trie(index);
  const CodeTable table(index);
  const std::vector<KnownItem> items{{.item = 2, .share = 0.75f}, {.item = 0, .share = 0.25f}};
  const EvidenceScale scale{.floor = 1e-4, .gate = 0.5};
  const TrieEvidence expected(trie, index, items, scale);
  const CodeEvidence evidence(table, items, scale);
  const auto known = expected.of(ItemTrie::kRoot);
  ASSERT_EQ(evidence.of(0).size(), known.size());
  for (std::size_t i = 0; i < known.size(); ++i) {
    EXPECT_EQ(evidence.of(0)[i].token, known[i].token);
    EXPECT_FLOAT_EQ(evidence.of(0)[i].share, known[i].share);
    EXPECT_NEAR(evidence.of(0)[i].feature, known[i].feature, 1e-4);
  }
}

}  // namespace
}  // namespace p5
