#include "retrieval/content_filled_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "retrieval/scoring_source.h"
#include "retrieval/top_k.h"
#include "support/fake_corpus.h"

namespace p5 {
namespace {

using testing::ElementsAre;
using testing::FloatNear;

// Three items with scores 1, 2 and 4; notes what it was asked.
class ThreeItems final : public ScoringSource {
 public:
  ThreeItems() : ScoringSource(3) {}
  std::string name() const override { return "three"; }
  mutable std::vector<std::vector<ItemId>> histories = {};

 protected:
  void score(const CandidateQuery& query, std::span<float> scores) const override {
    histories.emplace_back(query.history.begin(), query.history.end());
    scores[0] = 1;
    scores[1] = 2;
    scores[2] = 4;
  }
};

// The same as a list of log-probabilities.
class ThreeListed final : public CandidateSource {
 public:
  std::string name() const override { return "listed"; }
  std::vector<std::vector<Candidate>> retrieve(std::span<const CandidateQuery> queries, std::size_t k) const override {
    std::vector<std::vector<Candidate>> lists;
    for (const CandidateQuery& query : queries) {
      std::vector<Candidate> list{{2, std::log(0.5f)}, {1, std::log(0.3f)}, {0, std::log(0.2f)}};
      std::erase_if(list, [&](const Candidate& candidate) {
        return std::ranges::find(query.exclude, candidate.item) != query.exclude.end();
      });
      lists.push_back(top_k(std::move(list), k));
    }
    return lists;
  }
};

// Item 3 reads like 0 and 2, item 4 like nothing.
std::shared_ptr<const ContentLikeness> likeness() {
  return std::make_shared<const ContentLikeness>(
      ContentLikeness{.filled = {3, 4}, .alike = SparseRows({{{0, 0.25f}, {2, 0.75f}}, {}})});
}

TEST(ContentLikeness, KeepsTheStrongestKnownNeighborsWithWeightsThatSumToOne) {
  const SparseRows contents({{{0, 0.2f}, {1, 0.1f}, {2, 0.6f}, {4, 0.9f}}, {{3, 0.5f}}});
  const ContentLikeness alike = ContentLikeness::of({3, 4}, contents, 2);
  ASSERT_EQ(alike.alike.size(), 2u);
  EXPECT_THAT(alike.alike[0], ElementsAre(ItemWeight{0, 0.25f}, ItemWeight{2, 0.75f})) << "without item 4, a new one";
  EXPECT_TRUE(alike.alike[1].empty());
}

TEST(ContentLikeness, ComesFromWhatItemsSay) {
  const test::FakeCorpus corpus(
      test::FakeData{.histories = {{0}},
                     .items = 4,
                     .titles = {"red guitar strap", "blue piano bench", "grey drum", "green guitar strap"}});
  const ContentLikeness alike = ContentLikeness::by_content({3}, corpus.catalog(), {});
  ASSERT_EQ(alike.alike[0].size(), 1u);
  EXPECT_EQ(alike.alike[0][0].item, 0u);
  const test::FakeCorpus silent(test::FakeData{.histories = {{0}}, .items = 4});
  EXPECT_TRUE(ContentLikeness::by_content({3}, silent.catalog(), {}).alike[0].empty()) << "nothing to compare";
}

TEST(ContentFilledSource, ScoresNewItemsAsWhatReadsLikeThem) {
  const ContentFilledSource source(std::make_unique<ThreeItems>(), 3, 5, likeness());
  std::vector<float> scores(5);
  ASSERT_TRUE(source.score_all(CandidateQuery{}, scores));
  EXPECT_THAT(std::span(scores).first(4), ElementsAre(1, 2, 4, FloatNear(0.25f * 1 + 0.75f * 4, 1e-6f)));
  EXPECT_EQ(scores[4], kNotACandidate) << "nothing is known of it";
}

TEST(ContentFilledSource, HandsOnOnlyKnownItems) {
  const ThreeItems three;
  const ContentFilledSource source(three, 3, 5, likeness());
  const std::vector<ItemId> history{1, 3, 2, 4}, exclude{2, 3};
  std::vector<float> scores(5);
  ASSERT_TRUE(source.score_all(CandidateQuery{.history = history, .exclude = exclude}, scores));
  EXPECT_THAT(three.histories.back(), ElementsAre(1, 2));
  EXPECT_EQ(scores[2], kNotACandidate);
  EXPECT_EQ(scores[3], kNotACandidate);
  EXPECT_THAT(source.retrieve(std::vector{CandidateQuery{.exclude = exclude}}, 9)[0].size(), 2u);
}

TEST(ContentFilledSource, WhatIsExcludedStillTellsOfWhatIsLikeIt) {
  const ContentFilledSource source(std::make_unique<ThreeItems>(), 3, 5, likeness());
  const std::vector<ItemId> exclude{2};
  std::vector<float> scores(5);
  ASSERT_TRUE(source.score_all(CandidateQuery{.exclude = exclude}, scores));
  EXPECT_NEAR(scores[3], 3.25f, 1e-6f);
}

TEST(ContentFilledSource, PutsNewItemsIntoListsByTheirShareOfProbability) {
  const ContentFilledSource source(std::make_unique<ThreeListed>(), 3, 5, likeness());
  const auto list = source.retrieve(std::vector{CandidateQuery{}}, 10)[0];
  ASSERT_EQ(list.size(), 4u);
  EXPECT_EQ(list[1].item, 3u) << "0.25 * 0.2 + 0.75 * 0.5 = 0.425";
  EXPECT_NEAR(std::exp(list[1].score), 0.425, 1e-6);
}

TEST(ContentFilledSource, RanksAllCandidatesEvenThoseThatNothingIsKnownOf) {
  const ContentFilledSource source(std::make_unique<ThreeListed>(), 3, 5, likeness());
  const std::vector<ItemId> some{4, 2, 3}, fresh{4, 3};
  const auto lists = source.retrieve(std::vector{CandidateQuery{.candidates = some}, {.candidates = fresh}}, 10);
  std::vector<ItemId> items;
  for (const Candidate& candidate : lists[0]) {
    if (candidate.item >= 2) items.push_back(candidate.item);
  }
  EXPECT_THAT(items, ElementsAre(2, 3, 4));
  EXPECT_EQ(lists[1].size(), 2u);
}

}  // namespace
}  // namespace p5
