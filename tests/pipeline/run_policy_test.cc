#include "pipeline/run_policy.h"

#include <gtest/gtest.h>

#include <memory>

#include "p5/error.h"
#include "recommend/answer_world.h"
#include "recommend/recommender_impl.h"
#include "support/fake_sequence_model.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

class RunPolicyTest : public testing::Test {
 protected:
  RunPolicyTest()
      : recommender_(Recommender::Impl::of(
            world_.load(),
            std::make_unique<test::FakeSequenceModel>(test::FakeSequenceModel::random(world_.vocabulary_size())),
            folder_ / "sources")) {}

  std::vector<std::string> answer_to(RecommendRequest request) {
    request.source = "item-knn";
    request.k = 3;
    std::vector<std::string> items;
    for (const Recommendation& item : recommender_.recommend(request)) items.push_back(item.item);
    return items;
  }
  std::vector<std::string> history_of(const std::string& user) {
    std::vector<std::string> items;
    for (const ItemName& item : recommender_.history_of({.user = user})) items.push_back(item.item);
    return items;
  }
  static LoggedDecision showed(const std::vector<std::string>& items, const std::string& user,
                               std::vector<std::string> history) {
    LoggedDecision decision{.id = "r", .user = user, .history = std::move(history)};
    for (const std::string& item : items) decision.shown.push_back({.item = item, .propensity = 0.5});
    return decision;
  }
  PolicyView look(const LoggedDecision& decision, const std::string& order = "") {
    RunPolicy policy(recommender_, {.source = "item-knn", .rerank = order}, "run");
    return policy.look(std::span(&decision, 1))[0];
  }

  test::TemporaryFolder folder_;
  test::AnswerWorld world_;
  Recommender recommender_;
};

const std::vector<double> kCertain{1, 1, 1};

TEST_F(RunPolicyTest, WouldShowItsOwnAnswersForCertain) {
  const auto list = answer_to({.user = "u1"});
  ASSERT_EQ(list.size(), 3u);
  const PolicyView view = look(showed(list, "u1", history_of("u1")));
  EXPECT_EQ(view.target, kCertain);
  ASSERT_EQ(view.own.size(), 3u);
  EXPECT_EQ(view.own[1].front().item, list[1]);
  EXPECT_EQ(look(showed({list[1], list[0], "no such item"}, "u1", history_of("u1"))).target,
            (std::vector<double>{0, 0, 0}));
}

// The history of the log is what counts: it may go on from that of the corpus, or end before it.
TEST_F(RunPolicyTest, AsksWithTheHistoryOfTheLog) {
  auto longer = history_of("u1");
  const auto other = history_of("u5");
  longer.insert(longer.end(), other.begin(), other.end());
  EXPECT_EQ(look(showed(answer_to({.user = "u1", .later = other}), "u1", longer)).target, kCertain);
  auto shorter = history_of("u1");
  shorter.resize(1);
  EXPECT_EQ(look(showed(answer_to({.history = shorter}), "u1", shorter)).target, kCertain);
  EXPECT_EQ(look(showed(answer_to({.history = other}), "somebody new", other)).target, kCertain);
  EXPECT_EQ(look(showed(answer_to({.user = "somebody new"}), "", {})).target, kCertain);
}

TEST_F(RunPolicyTest, PlacesThatAreWeighedAloneNeedAnOrderThatIsNotDrawn) {
  const auto list = answer_to({.user = "u1"});
  LoggedDecision second = showed({list[1]}, "u1", history_of("u1"));
  second.kind = PropensityKind::kOfPlace;
  second.first_place = 1;
  EXPECT_EQ(look(second).target, std::vector<double>{1});
  second.shown[0].item = list[0];
  EXPECT_EQ(look(second).target, std::vector<double>{0});
  RunPolicy drawn(recommender_,
                  {.source = "item-knn", .rerank = "shuffle", .settings = {"rerank.fixed=0", "rerank.strength=1"}},
                  "run");
  EXPECT_THROW(drawn.look(std::span(&second, 1)), Error);
}

}  // namespace
}  // namespace p5
