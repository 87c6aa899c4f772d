#include "policy/log_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "p5/error.h"
#include "policy/answer_log_reader.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using testing::HasSubstr;

class LogReaderTest : public testing::Test {
 protected:
  std::filesystem::path file(const std::string& text) {
    const auto path = folder_.path() / "log";
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  test::TemporaryFolder folder_;
};

FeedbackEvent event(const std::string& id, const std::string& item, const std::string& type, std::int64_t time_ms,
                    const std::string& request) {
  return {.id = id, .user = "u", .item = item, .type = type, .value = {}, .time_ms = time_ms, .request_id = request};
}

TEST_F(LogReaderTest, AnswersAndTheirFeedbackBecomeDecisions) {
  DecisionLog log = read_decision_log(
      file(R"({"request_id": "r1", "time_ms": 1000, "user": "u1", "history": ["a", 7], "keep_seen": true,)"
           R"( "items": [{"item": "b", "propensity": 1}, {"item": "c", "propensity": 0.25}]})"
           "\n\n"
           R"({"request_id": "r2", "items": [{"item": "b"}]})"
           "\n"
           R"({"request_id": "r1", "items": [{"item": "b", "propensity": 0.5}]})"
           "\n"
           R"({"request_id": "r3", "items": [{"item": "b", "propensity": 1.5}]})"
           "\n"
           R"({"request_id": "r4", "items": [{"item": "b", "propensity": 0}]})"
           "\n"
           R"({"request_id": "r5", "items": []})"
           "\n"
           R"({"request_id": "r6", "items": [{"item": "b", "propensity": 0.5}, {"item": "b", "propensity": 0.5}]})"
           "\nnonsense\n"
           R"({"items": []})"
           "\n"));
  EXPECT_EQ(log.format, "answers");
  ASSERT_EQ(log.decisions.size(), 1u);
  EXPECT_EQ(log.decisions[0].history, (std::vector<std::string>{"a", "7"}));
  EXPECT_TRUE(log.decisions[0].keep_seen);
  EXPECT_EQ(log.problems.count_of("no propensity"), 1u);
  EXPECT_EQ(log.problems.count_of("a decision twice"), 1u);
  EXPECT_EQ(log.problems.count_of("a propensity outside (0, 1]"), 2u);
  EXPECT_EQ(log.problems.count_of("nothing was shown"), 1u);
  EXPECT_EQ(log.problems.count_of("an item twice in one list"), 1u);
  EXPECT_EQ(log.problems.count_of("no JSON object"), 1u);
  EXPECT_EQ(log.problems.total(), 8u);
  EXPECT_THAT(log.problems.rows().front().first, HasSubstr("log:3: b"));

  const std::vector<FeedbackEvent> events{
      event("1", "c", "click", 2000, "r1"),     event("2", "c", "click", 2500, "r1"),
      event("2", "c", "click", 2500, "r1"),     event("3", "z", "click", 2500, "r1"),
      event("4", "b", "click", 500, "r1"),      event("5", "b", "click", 5000, "r9"),
      event("6", "b", "impression", 5000, "r1")};
  join_feedback(events, RewardRules(), log);
  EXPECT_EQ(log.decisions[0].shown[0].reward, 0);
  EXPECT_EQ(log.decisions[0].shown[1].reward, 1) << "two clicks on one item are one";
  EXPECT_EQ(log.problems.count_of("feedback twice"), 1u);
  EXPECT_EQ(log.problems.count_of("feedback of an item that was not shown"), 1u);
  EXPECT_EQ(log.problems.count_of("feedback earlier than its answer"), 1u);
  EXPECT_EQ(log.problems.count_of("feedback of no answer of the log"), 1u);
}

TEST(RewardRules, AreWhatTheySay) {
  const RewardRules rules({"purchase=5", "rating=value"});
  EXPECT_EQ(rules.of(event("1", "i", "purchase", 1, "r")), 5);
  FeedbackEvent rated = event("1", "i", "rating", 1, "r");
  rated.value = 3.5;
  EXPECT_EQ(rules.of(rated), 3.5);
  EXPECT_EQ(rules.of(event("1", "i", "rating", 1, "r")), std::nullopt);
  EXPECT_EQ(rules.of(event("1", "i", "click", 1, "r")), std::nullopt);
  for (const char* bad : {"", "click", "=1", "click=", "click=many", "click=inf"}) {
    EXPECT_THROW(RewardRules({bad}), Error) << bad;
  }
}

TEST_F(LogReaderTest, ReadsDsjsonOfSingleActionsAndSlots) {
  const DecisionLog log = read_decision_log(file(
      R"({"_label_cost":-1.0,"_label_probability":0.8,"_label_Action":2,"_labelIndex":1,"EventId":"e1","a":[2,1],)"
      R"("c":{"user":"u1","_multi":[{"_tag":"tea"},{"id":"coffee","j":{"f":1}}]},"p":[0.8,0.2]})"
      "\n"
      R"({"_label_cost":0,"_label_probability":0.2,"_label_Action":1,"EventId":"e2","a":[2,1],"c":{"_multi":[{},{}]},"p":[0.8,0.2]})"
      "\n"
      R"({"_label_cost":0,"_label_probability":0.3,"_label_Action":1,"EventId":"e3","a":[2,1],"p":[0.8,0.2]})"
      "\n"
      R"({"_label_cost":0,"_label_probability":0.3,"_label_Action":1,"EventId":"e4","_skipLearn":true})"
      "\n"
      R"({"_label_cost":0,"_label_probability":0.3,"_label_Action":1,"EventId":"e5","pdrop":0.5})"
      "\n"
      R"({"c":{"_multi":[{"_tag":"x"},{"_tag":"y"},{"_tag":"z"}]},"_outcomes":[)"
      R"({"_label_cost":-2.0,"_id":"s1","_a":[2,0,1],"_p":[0.5,0.25,0.25]},{"_label_cost":0,"_id":"s2","_a":[0,1],"_p":[0.75,0.25]}]})"
      "\n"
      R"({"RewardValue":1,"EventId":"e1"})"
      "\n"));
  EXPECT_EQ(log.format, "dsjson");
  ASSERT_EQ(log.decisions.size(), 3u);
  const LoggedDecision& first = log.decisions[0];
  EXPECT_EQ(first.user, "u1");
  EXPECT_EQ(first.eligible, (std::vector<std::string>{"tea", "coffee"}));
  ASSERT_EQ(first.shown.size(), 1u);
  EXPECT_EQ(first.shown[0].item, "coffee");
  EXPECT_EQ(first.shown[0].propensity, 0.8);
  EXPECT_EQ(first.shown[0].reward, 1);
  EXPECT_EQ(log.decisions[1].shown[0].item, "1") << "actions without a name are numbers from 1";
  ASSERT_EQ(log.decisions[2].shown.size(), 2u);
  EXPECT_EQ(log.decisions[2].shown[0].item, "z");
  EXPECT_EQ(log.decisions[2].shown[0].reward, 2);
  EXPECT_EQ(log.decisions[2].shown[1].item, "x");
  EXPECT_EQ(log.decisions[2].shown[1].propensity, 0.75);
  EXPECT_EQ(log.problems.count_of("two probabilities of one action"), 1u);
  EXPECT_EQ(log.problems.count_of("not for learning"), 1u);
  EXPECT_EQ(log.problems.count_of("a log that was thinned (pdrop)"), 1u);
  EXPECT_EQ(log.problems.count_of("no decision"), 1u);
}

TEST_F(LogReaderTest, ReadsTheLayoutOfOpenBandit) {
  const DecisionLog log =
      read_decision_log(file(",timestamp,item_id,position,click,propensity_score,user_feature_0\n"
                             "0,2019-11-24 00:00:00.007365+00:00,79,1,1,0.0125,cef3\n"
                             "1,2019-11-24 00:00:00.009000+00:00,14,3,0,0.0125,cef3\n"
                             "2,2019-11-24 00:00:00.009000+00:00,14,0,0,0.0125,cef3\n"
                             "3,2019-11-24 00:00:00.009000+00:00,14,2,0,,cef3\n"
                             "4,2019-11-24 00:00:00.009000+00:00,14,2,0,2,cef3\n"
                             "5,2019-11-24\n"));
  EXPECT_EQ(log.format, "open-bandit");
  ASSERT_EQ(log.decisions.size(), 2u);
  EXPECT_EQ(log.decisions[0].shown[0].item, "79");
  EXPECT_EQ(log.decisions[0].shown[0].reward, 1);
  EXPECT_EQ(log.decisions[0].shown[0].propensity, 0.0125);
  EXPECT_EQ(log.decisions[1].first_place, 2u);
  EXPECT_EQ(log.decisions[1].kind, PropensityKind::kOfPlace);
  EXPECT_EQ(log.problems.total(), 4u);
  EXPECT_EQ(log.problems.count_of("no propensity"), 1u);
  EXPECT_THROW(read_decision_log(file("item_id,propensity_score\n1,0.5\n")), Error);
}

TEST_F(LogReaderTest, RefusesWhatIsNoLog) {
  EXPECT_THROW(read_decision_log(file("")), Error);
  EXPECT_THROW(read_decision_log(file("user,item\n1,2\n")), Error);
  EXPECT_THROW(read_decision_log(file("{}\n"), "vw"), Error);
  EXPECT_THROW(read_decision_log(folder_.path() / "missing"), Error);
}

// Whatever bytes a log is damaged with, the readers count and go on.
TEST_F(LogReaderTest, DamageIsCounted) {
  const std::string good =
      R"({"_label_cost":-1.0,"_label_probability":0.8,"_label_Action":2,"EventId":"e1","a":[2,1],"p":[0.8,0.2],"_outcomes":[{"_a":[1],"_p":[0.5],"_label_cost":0}],"request_id":"r","items":[{"item":"a","propensity":0.5}],"item_id,position,click,propensity_score":1})"
      "\n";
  std::mt19937 random(5);
  for (int round = 0; round < 300; ++round) {
    std::string bytes = good + good;
    for (int i = 0; i < 6; ++i) bytes[random() % bytes.size()] = static_cast<char>(random() % 256);
    for (const char* format : {"answers", "dsjson", "open-bandit"}) {
      try {
        const DecisionLog log = read_decision_log(file(bytes), format);
        for (const LoggedDecision& decision : log.decisions) EXPECT_FALSE(decision.shown.empty());
      } catch (const Error& error) {
        EXPECT_EQ(exit_code_of(error), 3) << error.what();
      }
    }
  }
}

}  // namespace
}  // namespace p5
