#include "retrieval/scoring_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "retrieval/top_k.h"

namespace p5 {
namespace {

class FixedSource final : public ScoringSource {
 public:
  explicit FixedSource(std::vector<float> row) : ScoringSource(row.size()), row_(std::move(row)) {}
  std::string name() const override { return "fixed"; }

 protected:
  void score(const CandidateQuery& query, std::span<float> scores) const override {
    std::copy(row_.begin(), row_.end(), scores.begin());
  }

 private:
  std::vector<float> row_;
};

std::vector<ItemId> retrieve(const CandidateSource& source, const CandidateQuery& query, std::size_t k) {
  std::vector<ItemId> items;
  const auto lists = source.retrieve(std::span(&query, 1), k);
  for (const Candidate& candidate : lists.at(0)) items.push_back(candidate.item);
  return items;
}

TEST(ScoringSource, LeavesOutExcludedItemsAndThoseBeyondTheCatalogue) {
  const FixedSource source({1, 4, 3, 2});
  const std::vector<ItemId> exclude{1, 3, 99};
  EXPECT_EQ(retrieve(source, {.exclude = exclude}, 3), (std::vector<ItemId>{2, 0}));
}

TEST(ScoringSource, RanksOnlyTheCandidatesAndAllOfThem) {
  const FixedSource source({1, 4, 3, 2});
  const std::vector<ItemId> candidates{3, 0, 2, 3, 99};
  EXPECT_EQ(retrieve(source, {.candidates = candidates}, 10), (std::vector<ItemId>{2, 3, 0}));
  const std::vector<ItemId> exclude{2};
  EXPECT_EQ(retrieve(source, {.exclude = exclude, .candidates = candidates}, 10), (std::vector<ItemId>{3, 0}));
}

TEST(ScoringSource, GivesTheWholeRowWithExcludedItemsMarked) {
  const FixedSource source({1, 4, 3});
  const std::vector<ItemId> exclude{1};
  std::vector<float> scores(3);
  EXPECT_TRUE(source.score_all({.exclude = exclude}, scores));
  EXPECT_EQ(scores, (std::vector<float>{1, kNotACandidate, 3}));
}

TEST(ScoringSource, AnswersEveryQueryOfABatch) {
  const FixedSource source({1, 4, 3});
  const std::vector<ItemId> exclude{1};
  const std::vector<CandidateQuery> queries{{}, {.exclude = exclude}};
  const auto lists = source.retrieve(queries, 1);
  ASSERT_EQ(lists.size(), 2u);
  EXPECT_EQ(lists[0].at(0).item, 1u);
  EXPECT_EQ(lists[1].at(0).item, 2u);
}

TEST(ScoringSource, SignsItsCandidates) {
  const FixedSource source({1, 4, 3});
  const CandidateQuery query;
  const auto lists = source.retrieve(std::span(&query, 1), 3);
  for (const Candidate& candidate : lists.at(0)) {
    ASSERT_NE(candidate.source, nullptr);
    EXPECT_EQ(candidate.source->name(), "fixed");
  }
}

TEST(ScoringSource, ScoresABlockOfQueriesAsOneByOne) {
  const FixedSource source({1, 4, 3});
  const std::vector<ItemId> exclude{1};
  const std::vector<CandidateQuery> queries{{}, {.exclude = exclude}};
  std::vector<float> block(6);
  EXPECT_TRUE(source.score_all(queries, block));
  EXPECT_EQ(block, (std::vector<float>{1, 4, 3, 1, kNotACandidate, 3}));
  EXPECT_TRUE(source.score_all(std::span<const CandidateQuery>(), std::span<float>()));
}

// The default of the base class: a source that cannot score says so.
TEST(CandidateSource, DoesNotScoreUnlessItSaysSo) {
  class ListSource final : public CandidateSource {
   public:
    std::string name() const override { return "list"; }
    std::vector<std::vector<Candidate>> retrieve(std::span<const CandidateQuery> queries, std::size_t) const override {
      return std::vector<std::vector<Candidate>>(queries.size());
    }
  };
  std::vector<float> scores(3, 7.0f);
  const ListSource source;
  EXPECT_FALSE(source.score_all(CandidateQuery(), scores));
  EXPECT_EQ(scores, (std::vector<float>{7, 7, 7}));
  const std::vector<CandidateQuery> queries(3);
  EXPECT_FALSE(static_cast<const CandidateSource&>(source).score_all(queries, scores));
}

}  // namespace
}  // namespace p5
