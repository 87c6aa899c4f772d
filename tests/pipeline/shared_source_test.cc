#include "pipeline/shared_source.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

#include "base/interrupt.h"
#include "support/process_group.h"

namespace p5 {
namespace {

// Answers user u with the items u, u + 1, ..., u of them.
class CountingSource final : public CandidateSource {
 public:
  std::string name() const override { return "counting"; }
  std::vector<std::vector<Candidate>> retrieve(std::span<const CandidateQuery> queries, std::size_t k) const override {
    asked_ += queries.size();
    std::vector<std::vector<Candidate>> lists;
    for (const CandidateQuery& query : queries) {
      auto& list = lists.emplace_back();
      for (std::size_t i = 0; i < std::min<std::size_t>(k, query.user); ++i) {
        list.push_back({.item = static_cast<ItemId>(query.user + i), .score = 0.5f / static_cast<float>(i + 1)});
      }
    }
    return lists;
  }
  std::size_t asked() const { return asked_; }

 private:
  mutable std::atomic<std::size_t> asked_ = 0;
};

std::vector<CandidateQuery> users(std::size_t count) {
  std::vector<CandidateQuery> queries(count);
  for (std::size_t i = 0; i < count; ++i) queries[i].user = static_cast<UserId>(i);
  return queries;
}

class SharedSourceTest : public testing::TestWithParam<std::int64_t> {};

// Also where there are fewer questions than processes.
TEST_P(SharedSourceTest, EveryProcessGetsAllAnswersAndAsksItsPart) {
  const CountingSource source;
  std::size_t questions = 0;
  for (const std::size_t count : {std::size_t{1}, std::size_t{7}, std::size_t{64}}) {
    const auto queries = users(count);
    const auto expected = source.retrieve(queries, 5);
    questions += 2 * count;  // asked once here, and once by all processes together
    test::ThreadGroup(GetParam()).run([&](ProcessGroup& group) {
      const SharedSource shared(source, group, {});
      EXPECT_EQ(shared.name(), "counting");
      const auto lists = shared.retrieve(queries, 5);
      ASSERT_EQ(lists.size(), expected.size());
      for (std::size_t i = 0; i < lists.size(); ++i) {
        ASSERT_EQ(lists[i].size(), expected[i].size());
        for (std::size_t place = 0; place < lists[i].size(); ++place) {
          EXPECT_EQ(lists[i][place].item, expected[i][place].item);
          EXPECT_EQ(lists[i][place].score, expected[i][place].score);
          EXPECT_EQ(lists[i][place].source, &shared);
        }
      }
    });
    EXPECT_EQ(source.asked(), questions);
  }
}

INSTANTIATE_TEST_SUITE_P(Processes, SharedSourceTest, testing::Values(1, 2, 3));

TEST(SharedSource, WhoeverIsAskedToStopAllStop) {
  const CountingSource source;
  std::atomic<int> stopped = 0;
  test::ThreadGroup(3).run([&](ProcessGroup& group) {
    StopSource asked;
    const SharedSource shared(source, group, asked.token());
    EXPECT_EQ(shared.retrieve(users(9), 5).size(), 9U);
    if (group.world().rank == 1) asked.request_stop();
    try {
      shared.retrieve(users(9), 5);
    } catch (const Interrupted&) {
      ++stopped;
    }
  });
  EXPECT_EQ(stopped, 3);
}

}  // namespace
}  // namespace p5
