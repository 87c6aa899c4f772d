#include "retrieval/popularity_source.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "support/fake_corpus.h"

namespace p5 {
namespace {

TEST(PopularitySource, CountsTrainInteractionsOnly) {
  // Leave-one-out: the last two of each history are not train.
  const auto corpus =
      std::make_shared<test::FakeCorpus>(std::vector<std::vector<ItemId>>{{0, 1, 3, 2}, {1, 0, 3, 2}, {1, 4, 3, 2}});
  const PopularitySource source(split_leave_one_out(corpus));
  std::vector<float> scores(5);
  ASSERT_TRUE(source.score_all(CandidateQuery(), scores));
  EXPECT_EQ(scores, (std::vector<float>{2, 3, 0, 0, 1}));
}

TEST(PopularitySource, EventsCountByTheirWeights) {
  const auto corpus = std::make_shared<test::FakeCorpus>(
      test::FakeData{.histories = {{0, 1, 2, 2}, {1, 1, 0, 0}}, .items = 3, .weights = {0.25, 1, 9, 9, 0.5, 2, 9, 9}});
  const PopularitySource source(split_leave_one_out(corpus));
  std::vector<float> scores(3);
  ASSERT_TRUE(source.score_all(CandidateQuery{}, scores));
  EXPECT_EQ(scores, (std::vector<float>{0.25f, 3.5f, 0}));
}

TEST(PopularitySource, IsTheSameForEverybody) {
  const auto corpus =
      std::make_shared<test::FakeCorpus>(std::vector<std::vector<ItemId>>{{2, 1, 0, 3}, {2, 1, 0, 3}, {2, 4, 0, 3}});
  const PopularitySource source(split_leave_one_out(corpus));
  const std::vector<ItemId> history{4};
  const std::vector<CandidateQuery> queries{{}, {.user = 1, .history = history}};
  const auto lists = source.retrieve(queries, 3);
  for (const auto& list : lists) {
    ASSERT_EQ(list.size(), 3u);
    EXPECT_EQ(list[0].item, 2u);
    EXPECT_EQ(list[1].item, 1u);
    EXPECT_EQ(list[2].item, 4u);
  }
}

}  // namespace
}  // namespace p5
