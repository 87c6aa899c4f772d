// What encoders know of items: their attributes, and the evidence of a history.
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "encoders/history_evidence.h"
#include "encoders/history_rows.h"
#include "encoders/item_attributes.h"
#include "support/fake_corpus.h"

namespace p5 {
namespace {

TEST(ItemAttributes, AreWordsThatSeveralItemsShare) {
  test::FakeData data{.histories = {{0, 1, 2}}, .items = 4};
  data.brands = {"a", "a", "only", ""};
  data.categories = {{"x", "y"}, {"x"}, {"a", "x"}, {}};
  const test::FakeCorpus corpus(data);
  const ItemAttributes attributes = read_item_attributes(corpus.catalog(), corpus.item_count());
  EXPECT_EQ(attributes.count, 2u);  // brand a and category x; category a is another word than brand a
  EXPECT_EQ(attributes.of(0).size(), 2u);
  EXPECT_EQ(attributes.of(1).size(), 2u);
  ASSERT_EQ(attributes.of(2).size(), 1u);
  EXPECT_EQ(attributes.of(2)[0], attributes.of(1)[1]);
  EXPECT_TRUE(attributes.of(3).empty());
}

// Scores are given, whoever is left out.
class FixedCounts final : public CountingSource {
 public:
  explicit FixedCounts(std::vector<float> scores) : CountingSource(scores.size()), scores_(std::move(scores)) {}
  std::string name() const override { return "fixed"; }
  void score_without(UserId, std::span<const ItemId>, std::span<float> scores) const override {
    std::copy(scores_.begin(), scores_.end(), scores.begin());
  }
  bool leaves_one_out() const override { return true; }
  void remember_users(std::shared_ptr<const Split>) override {}

 protected:
  void score(const CandidateQuery&, std::span<float> scores) const override { score_without(0, {}, scores); }

 private:
  std::vector<float> scores_;
};

TEST(HistoryEvidence, NamesEachItemOnceWithShareAndYoungestAge) {
  const auto counts = std::make_shared<FixedCounts>(std::vector<float>{0, 3, 0, 1, 0});
  const HistoryEvidence evidence(std::make_shared<const NeighborEvidence>(counts, EvidenceOptions{}, true), 3, 5);
  const std::vector<ItemId> history{4, 2, 3, 2, 99};  // 99 is not in the catalogue but has its place; 4 is too old
  const std::vector<KnownToken> known = evidence.of(history);
  ASSERT_EQ(known.size(), 3u);
  EXPECT_EQ(known[0].token, 2);
  EXPECT_FLOAT_EQ(known[0].share, 0.75f);
  EXPECT_EQ(known[0].age, -1);
  EXPECT_EQ(known[1].token, 3);
  EXPECT_EQ(known[1].share, 0.0f);
  EXPECT_EQ(known[1].feature, 0.0f);
  EXPECT_EQ(known[1].age, 1);
  EXPECT_EQ(known[2].token, 4);
  EXPECT_FLOAT_EQ(known[2].share, 0.25f);
  EXPECT_EQ(known[2].age, 2);
}

TEST(HistoryTokens, AreTheNewestKnownItems) {
  EncoderOptions options;
  options.history = 3;
  const std::vector<std::uint32_t> history{0, 1, 2, 9, 3};
  EXPECT_EQ(history_tokens(history, EncoderSpec::of(options, 5)), (std::vector<TokenId>{2, 3, 4}));
  EXPECT_EQ(history_tokens({}, EncoderSpec::of(options, 5)), (std::vector<TokenId>{kPadToken}));
  options.network = EncoderKind::kBert4Rec;
  EXPECT_EQ(history_tokens(history, EncoderSpec::of(options, 5)), (std::vector<TokenId>{3, 4, 6}));
}

}  // namespace
}  // namespace p5
