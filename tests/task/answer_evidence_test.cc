#include "task/answer_evidence.h"

#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <vector>

#include "retrieval/item_knn_source.h"
#include "task/known_answers.h"
#include "task/task_world.h"

namespace p5 {
namespace {

class AnswerEvidenceTest : public ::testing::Test {
 protected:
  AnswerEvidenceTest() : data_(test::make_data()) {
    auto counts = std::make_shared<ItemKnnSource>(*data_.ranking, ItemKnnOptions{}, 1);
    counts->remember_users(data_.ranking);
    neighbors_ = std::make_shared<const NeighborEvidence>(counts, EvidenceOptions{}, false);
    evidence_ = std::make_unique<const AnswerEvidence>(data_.reviews, data_.ranking, neighbors_);
  }
  std::vector<float> shares(const TaskQuestion& question, const char* prompt) const {
    return evidence_->shares(question, data_.prompts->at(prompt));
  }

  TaskData data_;
  std::shared_ptr<const NeighborEvidence> neighbors_;
  std::unique_ptr<const AnswerEvidence> evidence_;
};

float sum(const std::vector<float>& shares) { return std::accumulate(shares.begin(), shares.end(), 0.0f); }

TEST_F(AnswerEvidenceTest, SharesOfAllAnswersOfAPromptSumToOne) {
  const TaskQuestion question{.user = 2, .item = 7, .rating = 4};
  EXPECT_EQ(shares(question, "1-1").size(), 5u);
  EXPECT_NEAR(sum(shares(question, "1-1")), 1, 1e-5);
  EXPECT_EQ(shares(question, "1-4").size(), 2u);
  EXPECT_NEAR(sum(shares(question, "1-4")), 1, 1e-5);
  EXPECT_EQ(shares(question, "1-3").size(), 2u);
  EXPECT_NEAR(sum(shares(question, "1-3")), 1, 1e-5);
}

TEST_F(AnswerEvidenceTest, LikesAndProposedStarsFollowFromTheStars) {
  const auto stars = shares({.user = 2, .item = 7}, "1-1");
  EXPECT_NEAR(shares({.user = 2, .item = 7}, "1-4")[0], stars[3] + stars[4], 1e-5);
  for (int rating = 1; rating <= 5; ++rating) {
    const float right = stars[static_cast<std::size_t>(rating - 1)];
    EXPECT_NEAR(shares({.user = 2, .item = 7, .rating = rating}, "1-3")[0], right / (right + (1 - right) / 4), 1e-5);
  }
}

TEST_F(AnswerEvidenceTest, KnowsTheLevelsOfAnyScale) {
  test::FakeData fake = test::world_data();
  for (auto& ratings : fake.ratings) {
    for (float& rating : ratings) rating = 25 * (rating - 1);
  }
  fake.rating_scale = RatingScale(0, 100, 1);
  const TaskData data = test::make_data(std::move(fake));
  const AnswerEvidence evidence(data.reviews, data.ranking, neighbors_, data.scale);
  const auto& prompts = *data.prompts;
  const auto stars = evidence.shares({.user = 2, .item = 7}, prompts.at("1-1"));
  ASSERT_EQ(stars.size(), 11u);
  EXPECT_NEAR(sum(stars), 1, 1e-5);
  EXPECT_LT(stars[1], stars[0]);  // nobody gave 10; a few are assumed
  EXPECT_NEAR(evidence.shares({.user = 2, .item = 7}, prompts.at("1-4"))[0], stars[8] + stars[9] + stars[10], 1e-5);
  const float right = stars[10];
  EXPECT_NEAR(evidence.shares({.user = 2, .item = 7, .rating = 100}, prompts.at("1-3"))[0],
              right / (right + (1 - right) / 10), 1e-5);
}

TEST_F(AnswerEvidenceTest, ANeighborIsMoreLikelyNextThanAnItemNobodyHas) {
  const auto history = data_.ranking->train_items(4);
  const auto best = neighbors_->of(history).front();
  ItemId unknown = 0;
  while (std::ranges::any_of(neighbors_->of(history), [&](const Neighbor& n) { return n.item == unknown; })) ++unknown;
  const auto of = [&](ItemId item) { return shares({.user = 4, .item = item, .history = history}, "2-11")[0]; };
  EXPECT_GT(of(best.item), 0.5);
  EXPECT_GT(of(best.item), of(unknown));
}

TEST_F(AnswerEvidenceTest, KnowsNothingOfTextsAndOfStrangers) {
  EXPECT_TRUE(shares({.user = 2, .item = 7}, "2-1").empty());
  EXPECT_TRUE(shares({.item = 7}, "1-1").empty());
  EXPECT_TRUE(shares({.user = 2}, "1-1").empty());
}

TEST(KnownAnswers, AreEvidenceAlongTheTokensOfEachAnswer) {
  const test::LetterTokenizer tokenizer;
  const KnownAnswers answers(tokenizer, {"ab", "ac", "d"});
  const std::vector<float> shares{0.5f, 0.25f, 0.25f};
  const TrieEvidence evidence = answers.evidence(shares);
  const auto first = evidence.of(ItemTrie::kRoot);
  ASSERT_FALSE(first.empty());
  float all = 0;
  for (const KnownToken& token : first) {
    EXPECT_EQ(token.depth, TrieEvidence::kAnswerDepth);
    all += token.share;
  }
  EXPECT_NEAR(all, 1, 1e-6);
}

}  // namespace
}  // namespace p5
