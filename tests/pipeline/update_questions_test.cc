#include "pipeline/update_questions.h"

#include <gtest/gtest.h>

#include <memory>

#include "base/interrupt.h"
#include "evaluate/ranking_metrics.h"
#include "recommend/answer_world.h"
#include "recommend/recommender_impl.h"
#include "support/fake_corpus.h"
#include "support/fake_sequence_model.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using Keys = std::vector<std::string>;

TEST(HeldOutQuestionsTest, UsersAreAskedForByGroup) {
  const test::FakeCorpus before({{0, 1, 2}, {3, 4, 5}}, {}, {{1, 2, 3}, {1, 2, 3}});
  // u0 has a new event, u2 is new; u3 too, with too few events for a split; u1's last item is one that it had.
  const auto after =
      std::make_shared<test::FakeCorpus>(std::vector<std::vector<ItemId>>{{0, 1, 2, 3}, {3, 4, 3}, {5, 4, 0}, {1, 2}});
  const std::vector<FeedbackEvent> events{{.user = "u0", .item = "i3"}, {.user = "u2", .item = "i0"}};
  const auto groups = held_out_questions(split_leave_one_out(after), before, events, {});
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].name, "users with new events");
  EXPECT_EQ(groups[0].users, 1u);
  EXPECT_EQ(groups[0].requests[0].history, (Keys{"i0", "i1", "i2"}));
  EXPECT_EQ(groups[0].requests[0].user, "");  // a run may know more of the user
  EXPECT_EQ(groups[0].targets, Keys{"i3"});
  EXPECT_EQ(groups[1].name, "new users");
  EXPECT_EQ(groups[1].targets, Keys{"i0"});
}

TEST(HeldOutQuestionsTest, EachGroupIsDrawnFromAlone) {
  std::vector<std::vector<ItemId>> histories(50, {0, 1, 2});
  const test::FakeCorpus before(histories);
  const auto after = std::make_shared<test::FakeCorpus>(histories);
  const std::vector<FeedbackEvent> events{{.user = "u7", .item = "i2"}};
  const auto groups = held_out_questions(split_leave_one_out(after), before, events, {.questions = 5});
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].targets.size(), 1u);
  EXPECT_EQ(groups[1].targets.size(), 5u);
  EXPECT_EQ(groups[1].users, 49u);
}

class AskBeforeLearningTest : public testing::Test {
 protected:
  AskBeforeLearningTest()
      : recommender_(Recommender::Impl::of(
            world_.load(),
            std::make_unique<test::FakeSequenceModel>(test::FakeSequenceModel::random(world_.vocabulary_size())),
            folder_ / "sources")) {}

  const Corpus& corpus() const { return *recommender_.loaded_run()->data.corpus; }
  // The item at a place of the list that the run would show, from 1.
  std::string shown(RecommendRequest request, std::size_t rank) {
    request.k = 10;
    return recommender_.recommend(request).at(rank - 1).item;
  }

  test::TemporaryFolder folder_;
  test::AnswerWorld world_;
  Recommender recommender_;
};

TEST_F(AskBeforeLearningTest, FiguresAreThoseOfTheShownLists) {
  const std::string second = shown({.user = "u1"}, 2);
  const std::string next = shown({.user = "u1", .later = {second}}, 1);
  const std::vector<FeedbackEvent> events{{.id = "a", .user = "u1", .item = second, .time_ms = 1},
                                          {.id = "b", .user = "u1", .item = second, .time_ms = 2},
                                          {.id = "c", .user = "u1", .item = next, .time_ms = 3}};
  const Prequential asked = ask_before_learning(recommender_, corpus(), events, {}, {});
  EXPECT_EQ(asked.repeats, 1u);  // b
  EXPECT_EQ(asked.asked, 2u);
  EXPECT_NEAR(asked.hit_rate.value, 1, 1e-12);
  EXPECT_NEAR(asked.ndcg.value, (ndcg_at_k(2, 10) + 1) / 2, 1e-12);
}

TEST_F(AskBeforeLearningTest, NewUsersHaveWhatTheyDidSince) {
  const std::string first = shown({.user = "somebody new"}, 1);
  const std::string next = shown({.history = {first}}, 3);
  const std::vector<FeedbackEvent> events{{.id = "a", .user = "x", .item = first, .time_ms = 1},
                                          {.id = "b", .user = "x", .item = next, .time_ms = 2}};
  const Prequential asked = ask_before_learning(recommender_, corpus(), events, {}, {});
  EXPECT_NEAR(asked.ndcg.value, (1 + ndcg_at_k(3, 10)) / 2, 1e-12);
  const Prequential one = ask_before_learning(recommender_, corpus(), events, {.prequential = 1}, {});
  EXPECT_EQ(one.questions, 2u);
  EXPECT_EQ(one.asked, 1u);
}

TEST_F(AskBeforeLearningTest, CanBeStopped) {
  StopSource stop;
  stop.request_stop();
  const std::vector<FeedbackEvent> events{{.id = "a", .user = "u1", .item = shown({.user = "u1"}, 1), .time_ms = 1}};
  EXPECT_THROW(ask_before_learning(recommender_, corpus(), events, {}, stop.token()), Interrupted);
}

}  // namespace
}  // namespace p5
