#include "evaluate/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "evaluate/paired_difference.h"

namespace p5 {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// 400 users, of whom `hits` get 1 and the others 0.
std::vector<double> gains(std::size_t hits) {
  std::vector<double> values(400);
  std::fill_n(values.begin(), hits, 1.0);
  return values;
}

TaskResult lists(const std::vector<double>& values, double coverage) {
  return {.task = "sequential",
          .part = "drop",
          .n = values.size(),
          .questions = 7,
          .scores = {{.name = "ndcg@10", .value = mean_of(values), .per_question = values}},
          .beyond = {{.path = {"coverage@10"}, .value = coverage}}};
}

EvaluationReport report() {
  EvaluationReport report;
  report.split = "test";
  report.items = 148;
  report.tasks = {lists(gains(46), 16.0 / 148)};
  report.rows = {{.name = "id-arithmetic", .tasks = {lists(gains(1), 0.5)}},
                 {.name = "held out", .tasks = {lists(gains(2), 0.5)}, .label = "held-out prompt"},
                 {.name = "popularity", .tasks = {lists(gains(40), 0.1)}},
                 {.name = "item-knn", .tasks = {lists(gains(70), 0.9)}}};
  return report;
}

// 46 of 400 against 40 and 70: the differences of 6 and 24 users, 1.96 standard errors of them.
TEST(Verdict, SaysWhichBaselinesAreBeatenAndByHowMuch) {
  EXPECT_THAT(
      verdict_of(report()),
      ElementsAre("P5 on 400 test users, seen items removed: NDCG@10 .115. popularity .100 (better by .015 ± .012), "
                  "item-knn .175 (worse by .060 ± .023). Recommends 16 of 148 items in its top 10 lists."));
}

TEST(Verdict, SaysSoWhereTheQuestionsDoNotTellThemApart) {
  EvaluationReport same = report();
  same.rows = {{.name = "popularity", .tasks = {lists(gains(45), 0.1)}}};
  EXPECT_THAT(verdict_of(same).front(), HasSubstr("popularity .113 (no clear difference: +.003 ± .005)"));
  same.rows[0].tasks[0].questions = 8;  // other questions are not compared
  EXPECT_THAT(verdict_of(same).front(), HasSubstr("popularity .113. Recommends"));
}

TEST(Verdict, BeginsWithWhatIsAnsweredByDefault) {
  EvaluationReport fused = report();
  fused.rows.push_back({.name = "hybrid", .tasks = {lists(gains(80), 0.9)}});
  const std::vector<std::string> verdict = verdict_of(fused);
  ASSERT_EQ(verdict.size(), 2u);
  EXPECT_THAT(verdict[0], StartsWith("The hybrid, which p5 recommend answers with, on 400 test users"));
  EXPECT_THAT(verdict[0], HasSubstr("NDCG@10 .200. popularity .100 (better by .100"));
  EXPECT_THAT(verdict[1], StartsWith("P5 alone on 400"));
  EXPECT_THAT(verdict[1], testing::Not(HasSubstr("hybrid")));
}

// Of errors, less is better.
TEST(Verdict, JudgesStarsByTheirError) {
  EvaluationReport stars;
  const auto rated = [](std::vector<double> squares) {
    return TaskResult{.task = "rating",
                      .n = squares.size(),
                      .scores = {{.name = "rmse", .value = std::sqrt(mean_of(squares)), .per_question = squares}}};
  };
  stars.tasks = {rated({1, 1, 1.1, 1})};
  stars.rows = {{.name = "global-mean", .tasks = {rated({4, 4, 4.1, 4})}},
                {.name = "oracle", .tasks = {rated({0.1, 0.1, 0.1, 0.1})}}};
  EXPECT_THAT(verdict_of(stars).front(),
              StartsWith("Stars of 4 ratings, P5: RMSE 1.012. global-mean 2.006 (better by "));
  EXPECT_THAT(verdict_of(stars).front(), HasSubstr("oracle .316 (worse by "));
  stars.rows.push_back({.name = "hybrid", .tasks = {rated({0.5, 0.5, 0.5, 0.6})}});
  const std::vector<std::string> mixed = verdict_of(stars);
  ASSERT_EQ(mixed.size(), 2U);
  EXPECT_THAT(mixed[0], StartsWith("Stars of 4 ratings, the mixture, which p5 predict answers with: RMSE .725. "));
  EXPECT_THAT(mixed[1], StartsWith("Stars of 4 ratings, P5 alone: RMSE 1.012. global-mean 2.006 (better by "));
  EXPECT_THAT(mixed[1], testing::Not(HasSubstr("hybrid")));
}

TEST(Verdict, OfNothingIsEmpty) { EXPECT_THAT(verdict_of({}), IsEmpty()); }

TEST(ShortFigure, HasThreeDigitsThatSaySomething) {
  EXPECT_EQ(short_figure(0.1149), ".115");
  EXPECT_EQ(short_figure(0.0607), ".0607");
  EXPECT_EQ(short_figure(1.0213), "1.021");
  EXPECT_EQ(short_figure(0), ".0000");
}

}  // namespace
}  // namespace p5
