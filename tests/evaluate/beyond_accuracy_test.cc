#include "evaluate/beyond_accuracy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "evaluate/evaluation_report.h"
#include "evaluate/evaluator.h"
#include "evaluate/finding_tables.h"
#include "evaluate/ranking_metrics.h"
#include "retrieval/popularity_source.h"
#include "support/fake_corpus.h"

namespace p5 {
namespace {

using Path = std::vector<std::string>;

// Six items: 0, 1 and 2 are drama, 3 and 4 war, 5 both. Train events: 0 thrice, 1 and 3 once; nobody has 2, 4, 5.
std::shared_ptr<const Corpus> small_corpus() {
  test::FakeData data{.histories = {{0, 1, 5, 4}, {0, 3, 2, 5}, {0, 5, 1}}, .items = 6};
  data.categories = {{"drama"}, {"drama"}, {"drama"}, {"war"}, {"war"}, {"drama", "war"}};
  data.user_attributes = {{{"gender", std::string("F")}, {"age", 20.0}},
                          {{"gender", std::string("M")}, {"age", 40.0}},
                          {{"gender", std::string("F")}, {"age", 60.0}}};
  return std::make_shared<test::FakeCorpus>(std::move(data));
}

class BeyondAccuracyTest : public testing::Test {
 protected:
  BeyondAccuracyTest() : split_(split_leave_one_out(small_corpus())), beyond_(split_) {}

  // Lists of two of the users 0, 1 and 2, whose test targets are 4, 5 and 1.
  std::map<Path, Finding> measure() {
    questions_.clear();
    for (UserId user = 0; user < 3; ++user) {
      const ItemId target = split_.corpus().items()[*split_.target_of(user, Part::kTest)];
      const auto& list = lists_[user];
      const auto at = std::find(list.begin(), list.end(), target);
      const std::size_t rank = at == list.end() ? kMiss : static_cast<std::size_t>(at - list.begin()) + 1;
      questions_.push_back({.user = user,
                            .history = split_.history_for(user, Part::kTest),
                            .target = target,
                            .rank = rank,
                            .list = list});
    }
    std::map<Path, Finding> found;
    for (const Finding& finding : beyond_.measure(questions_)) found[finding.path] = finding;
    return found;
  }

  Split split_;
  BeyondAccuracy beyond_;
  std::vector<std::vector<ItemId>> lists_{{0, 4}, {0, 3}, {0, 2}};
  std::vector<AnsweredQuestion> questions_;
};

TEST_F(BeyondAccuracyTest, FiguresOfAllLists) {
  auto found = measure();
  EXPECT_DOUBLE_EQ(found[{"coverage@10"}].value, 4.0 / 6);
  // Times 0, 0, 1, 1, 1, 3: (-5*0 - 3*0 - 1 + 1 + 3 + 15) / (6 * 6).
  EXPECT_DOUBLE_EQ(found[{"gini@10"}].value, 18.0 / 36);
  EXPECT_GT(found[{"gini@10"}].margin, 0);
  EXPECT_LT(found[{"gini@10"}].margin, 0.5);
  // Three training users; 0 is of all, 3 of one, 4 and 2 of none.
  EXPECT_NEAR(found[{"novelty@10"}].value, std::log2(3.0) / 2, 1e-12);
  // Training counts 3, 1, 0, 1, 0, 0.
  EXPECT_NEAR(found[{"popularity@10"}].value, (1.5 + 2 + 1.5) / 3, 1e-12);
  // Histories {0, 1, 5}, {0, 3, 2}, {0, 5}.
  const double profile = (4.0 / 3 + 4.0 / 3 + 1.5) / 3;
  EXPECT_NEAR(found[{"profile_popularity"}].value, profile, 1e-12);
  EXPECT_NEAR(found[{"popularity_lift@10"}].value, (5.0 / 3) / profile - 1, 1e-12);
  // Lists {drama, war}, {drama, war}, {drama, drama}: distances 1, 1, 0.
  EXPECT_NEAR(found[{"diversity@10"}].value, 2.0 / 3, 1e-6);
  // User 0's target 4, never trained, stands at place 2 of two: (6 + 1 - 2) / 6 / 2; the others miss.
  EXPECT_NEAR(found[{"serendipity@10"}].value, (5.0 / 12) / 3, 1e-12);
  EXPECT_EQ(found[{"miscalibration@10"}].n, 3u);
  const auto share = [](double drama, double q) {
    const auto term = [](double p, double of) { return p > 0 ? p * std::log(p / (0.99 * of + 0.01 * p)) : 0; };
    return term(drama, q) + term(1 - drama, 1 - q);
  };
  // Histories' shares of drama: (1 + 1 + 1/2) / 3, 2/3, 3/4.
  EXPECT_NEAR(found[{"miscalibration@10"}].value, (share(2.5 / 3, 0.5) + share(2.0 / 3, 0.5) + share(0.75, 1)) / 3,
              1e-12);
}

TEST_F(BeyondAccuracyTest, ExposureByGroupsOfItems) {
  auto found = measure();
  const double second = 1 / std::log2(3.0), total = 1 + second;
  // Of five train events 0 has three: the head; 1 begins below two thirds: the middle; 3 and the rest: the tail.
  EXPECT_NEAR((found[{"exposure", "popularity", "head"}].value), 1 / total, 1e-12);
  EXPECT_NEAR((found[{"exposure", "popularity", "middle"}].value), 0, 1e-12);
  EXPECT_NEAR((found[{"exposure", "popularity", "tail"}].value), second / total, 1e-12);
  EXPECT_EQ((found[{"exposure", "popularity", "tail"}].n), 4u);
  EXPECT_NEAR((*found[{"exposure", "popularity", "head"}].reference), 0.6, 1e-12);
  EXPECT_NEAR((found[{"exposure", "category", "war"}].value), 2 * (second / total) / 3, 1e-12);
  EXPECT_NEAR((*found[{"exposure", "category", "war"}].reference), 0.2, 1e-12);
  EXPECT_EQ((found[{"exposure", "category", "war"}].n), 3u);
}

TEST_F(BeyondAccuracyTest, GainByGroupsOfUsersAndColdStart) {
  auto found = measure();
  const double hit = 1 / std::log2(3.0);  // user 0 at rank 2; the others miss
  EXPECT_NEAR((found[{"users", "gender", "F"}].value), hit / 2, 1e-12);
  EXPECT_EQ((found[{"users", "gender", "F"}].n), 2u);
  EXPECT_NEAR((found[{"users", "gender", "M"}].value), 0, 1e-12);
  EXPECT_EQ((found[{"users", "gender", "M"}].margin), 1);  // one user without a hit tells nothing
  EXPECT_NEAR((found[{"users", "age", "20"}].value), hit, 1e-12);
  EXPECT_EQ((found[{"users", "history", "2"}].n), 1u);
  EXPECT_EQ((found[{"users", "history", "3"}].n), 2u);  // equal lengths stay together
  EXPECT_NEAR((found[{"users", "history", "3"}].value), hit / 2, 1e-12);
  EXPECT_EQ((found[{"cold_start", "history of 0"}].n), 0u);
  EXPECT_EQ((found[{"cold_start", "history of 2"}].n), 1u);
  EXPECT_EQ((found[{"cold_start", "never trained items"}].n), 2u);  // 4 and 5
  EXPECT_NEAR((found[{"cold_start", "never trained items"}].value), hit / 2, 1e-12);
  EXPECT_EQ((found.count({"cold_start", "hidden items"})), 0u);
  EXPECT_EQ((found[{"targets", "with training events", "hr@10"}].n), 1u);
  EXPECT_NEAR((found[{"targets", "with training events", "hr@10"}].value), 0, 1e-12);
  EXPECT_EQ((found[{"targets", "without training events", "ndcg@10"}].n), 2u);
  EXPECT_NEAR((found[{"targets", "without training events", "ndcg@10"}].value), hit / 2, 1e-12);
  EXPECT_NEAR((found[{"targets", "without training events", "hr@10"}].value), 0.5, 1e-12);
}

TEST(BeyondAccuracy, HiddenTargetsAndEmptyHistoriesAreCountedApart) {
  const auto corpus =
      std::make_shared<test::FakeCorpus>(std::vector<std::vector<ItemId>>{{0, 1, 2}, {1, 2, 0}, {2, 1, 3}});
  const std::vector<ItemId> hidden{0};
  const Split split = hide_items(split_leave_one_out(corpus), hidden);
  const BeyondAccuracy beyond(split);
  const PopularitySource source(split);
  EvaluateOptions options{.threads = 1};
  options.beyond = &beyond;
  const TaskResults results = evaluate_sequential(split, Part::kValid, source, options);
  std::map<Path, Finding> found;
  for (const Finding& finding : find_result(results, "sequential", "keep")->beyond) found[finding.path] = finding;
  EXPECT_EQ((found[{"cold_start", "history of 0"}].n), 1u);  // the only train event of user 0 is of the hidden item
  EXPECT_EQ((found[{"cold_start", "history of 1"}].n), 2u);
  std::map<Path, Finding> tested;
  const TaskResults test = evaluate_sequential(split, Part::kTest, source, options);
  for (const Finding& finding : find_result(test, "sequential", "keep")->beyond) tested[finding.path] = finding;
  EXPECT_EQ((tested[{"cold_start", "hidden items"}].n), 1u);
  EXPECT_EQ((tested[{"cold_start", "never trained items"}].n), 2u);  // 0, hidden, and 3
}

TEST(BeyondAccuracy, IsAskedForAndLeavesTheRanksAlone) {
  const auto corpus = small_corpus();
  const Split split = split_leave_one_out(corpus);
  const PopularitySource source(split);
  EvaluateOptions options{.threads = 1};
  const TaskResults plain = evaluate_sequential(split, Part::kTest, source, options);
  EXPECT_TRUE(plain[0].beyond.empty());
  const BeyondAccuracy beyond(split);
  options.beyond = &beyond;
  const TaskResults more = evaluate_sequential(split, Part::kTest, source, options);
  EXPECT_FALSE(more[0].beyond.empty());
  EXPECT_EQ(plain[0].value("ndcg@10"), more[0].value("ndcg@10"));
  EXPECT_EQ(plain[1].value("mrr"), more[1].value("mrr"));
}

TEST(FindingTables, AreNestedInJsonAndSmallInText) {
  EvaluationReport report{.run = "runs/x", .corpus = "c", .split = "test"};
  TaskResult keep{.task = "sequential", .part = "keep", .n = 5};
  keep.beyond = {{.path = {"coverage@10"}, .value = 0.5, .margin = 0.01, .n = 5},
                 {.path = {"users", "gender", "F"}, .value = 0.25, .margin = INFINITY, .n = 1},
                 {.path = {"exposure", "popularity", "head"}, .value = 0.75, .margin = 0.1, .n = 3, .reference = 0.6}};
  TaskResult drop = keep;
  drop.part = "drop";
  report.tasks = {keep, drop};
  const auto json = report.to_json();
  const auto& beyond = json["tasks"]["sequential"]["beyond"];
  EXPECT_EQ(beyond["keep"]["coverage@10"]["value"], 0.5);
  EXPECT_EQ(beyond["keep"]["coverage@10"]["margin"], 0.01);
  EXPECT_TRUE(beyond["drop"]["users"]["gender"]["F"]["margin"].is_null());
  EXPECT_EQ(beyond["drop"]["exposure"]["popularity"]["head"]["reference"], 0.6);
  const std::string text = report.to_beyond_table();
  EXPECT_NE(text.find("0.500 ± 0.010"), std::string::npos) << text;
  EXPECT_NE(text.find("gender: F"), std::string::npos) << text;
  EXPECT_NE(text.find("popularity: head"), std::string::npos) << text;
  EXPECT_EQ(report.to_table().find("gender"), std::string::npos);  // the main table stays as it is
  report.tasks[0].beyond.clear();
  report.tasks[1].beyond.clear();
  EXPECT_TRUE(report.to_beyond_table().empty());
  EXPECT_FALSE(report.to_json()["tasks"]["sequential"].contains("beyond"));
}

}  // namespace
}  // namespace p5
