#include "task/evidence_writer.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "retrieval/item_knn_source.h"
#include "support/fake_corpus.h"
#include "support/letter_tokenizer.h"
#include "task/known_items.h"

namespace p5 {
namespace {

constexpr TokenId kFirstToken = 100;

std::shared_ptr<const ItemIndex> one_token_each(std::size_t items) {
  std::vector<std::vector<TokenId>> paths;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < items; ++i) {
    paths.push_back({kFirstToken + static_cast<TokenId>(i)});
    names.push_back("item_" + std::to_string(i));
  }
  return std::make_shared<const ItemIndex>("test", std::move(paths), names);
}

std::shared_ptr<const TrainingEvidence> evidence_of(std::vector<std::vector<ItemId>> histories, std::size_t items) {
  for (auto& history : histories) history.insert(history.end(), {0, 0});  // validation and test
  auto split = std::make_shared<const Split>(split_leave_one_out(
      std::make_shared<test::FakeCorpus>(test::FakeData{.histories = std::move(histories), .items = items})));
  auto counts = std::make_shared<ItemKnnSource>(*split, ItemKnnOptions{}, 1);
  counts->remember_users(split);
  auto evidence = std::make_shared<const NeighborEvidence>(counts, EvidenceOptions{}, false);
  return std::make_shared<const TrainingEvidence>(evidence, split, 1);
}

std::shared_ptr<const Tokenizer> tokenizer() { return std::make_shared<const test::LetterTokenizer>(); }

Mention item(ItemId id) { return {.kind = Mention::Kind::kItem, .id = id}; }

TEST(KnownItems, JoinsSharesAndAges) {
  const std::vector<Neighbor> neighbors{{.item = 4, .share = 0.6f}, {.item = 2, .share = 0.4f}};
  const std::vector<ItemId> history{9, 2, 7, 2};
  const auto known = known_items(neighbors, history, 3);
  ASSERT_EQ(known.size(), 4u);
  EXPECT_EQ(known[0].item, 4u);
  EXPECT_FALSE(known[0].held);
  EXPECT_EQ(known[0].age, KnownItem::kNotInHistory);
  EXPECT_EQ(known[1].item, 2u);
  EXPECT_EQ(known[1].age, 0);  // the newest occurrence
  EXPECT_EQ(known[2].item, 7u);
  EXPECT_EQ(known[2].age, 1);
  EXPECT_EQ(known[2].share, 0.0f);
  EXPECT_EQ(known[3].item, 9u);
  EXPECT_EQ(known[3].age, KnownItem::kNotInHistory);  // too long ago
  EXPECT_TRUE(known[3].held);
}

TEST(EvidenceWriter, KnowsForEachItemOfTheAnswerWhatItsHistorySays) {
  const auto evidence = evidence_of({{1, 2, 3, 4}, {1, 2, 5}, {2, 3, 6}}, 8);
  const EvidenceWriter writer(evidence, one_token_each(8), tokenizer());
  TaskExample example;
  example.target = {item(1), item(2), item(3)};  // item 1 is given
  example.place = TargetPlace{.user = 0, .first = 1, .given = 1};
  TokenRow row;
  row.target = {kFirstToken + 1, kFirstToken + 2, kFirstToken + 3, kEndToken};
  row.given = 1;
  writer.add(example, row);
  ASSERT_EQ(row.evidence.offsets.size(), 5u);
  EXPECT_TRUE(row.evidence.at(0).empty());
  // After item 1, the others' counts know 2 and 5; item 1 itself is in the history.
  const auto first = row.evidence.at(1);
  ASSERT_EQ(first.size(), 3u);
  EXPECT_EQ(first[0].token, kFirstToken + 1);
  EXPECT_EQ(first[0].age, 0);
  EXPECT_EQ(first[1].token, kFirstToken + 2);
  EXPECT_GT(first[1].share, 0.0f);
  EXPECT_EQ(first[2].token, kFirstToken + 5);
  // After items 1 and 2 also 3 and 6, by the third user; nobody but user 0 has 4.
  std::vector<TokenId> second;
  for (const KnownToken& known : row.evidence.at(2)) second.push_back(known.token - kFirstToken);
  EXPECT_EQ(second, (std::vector<TokenId>{1, 2, 3, 5, 6}));
  EXPECT_TRUE(row.evidence.at(3).empty());  // the end
}

TEST(EvidenceWriter, StopsWhereTheTargetWasCut) {
  const EvidenceWriter writer(evidence_of({{1, 2, 3}, {1, 2, 3}}, 5), one_token_each(5), tokenizer());
  TaskExample example;
  example.target = {item(2), item(3)};
  example.place = TargetPlace{.user = 0, .first = 1};
  TokenRow row;
  row.target = {kFirstToken + 2, kEndToken};
  writer.add(example, row);
  ASSERT_EQ(row.evidence.offsets.size(), 3u);
  EXPECT_FALSE(row.evidence.at(0).empty());
  EXPECT_TRUE(row.evidence.at(1).empty());
}

TEST(EvidenceWriter, SharesAreAmongTheCandidates) {
  const EvidenceWriter writer(evidence_of({{1, 2}, {1, 2, 3}, {1, 4}}, 6), one_token_each(6), tokenizer());
  TaskExample example;
  example.target = {item(2)};
  example.place = TargetPlace{.user = 0, .first = 1, .candidates = {5, 4, 2}};
  TokenRow row;
  row.target = {kFirstToken + 2, kEndToken};
  writer.add(example, row);
  double sum = 0;
  for (const KnownToken& known : row.evidence.at(0)) {
    if (known.share > 0) {
      EXPECT_TRUE(known.token == kFirstToken + 2 || known.token == kFirstToken + 4);
    }
    sum += known.share;
  }
  EXPECT_NEAR(sum, 1.0, 1e-6);
}

TEST(EvidenceWriter, LeavesOtherExamplesAlone) {
  const EvidenceWriter writer(evidence_of({{1, 2}}, 4), one_token_each(4), tokenizer());
  TokenRow row;
  row.target = {5, kEndToken};
  writer.add({}, row);
  EXPECT_TRUE(row.evidence.empty());
}

}  // namespace
}  // namespace p5
