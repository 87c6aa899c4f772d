#include "evaluate/row_differences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <numeric>

#include "evaluate/answer_scores.h"

namespace p5 {
namespace {

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

TaskResults ranked(const std::vector<double>& gains) {
  const std::vector<Score> scores{{.name = "ndcg@10", .value = mean_of(gains), .per_question = gains}};
  return {{.task = "sequential", .part = "keep", .n = gains.size(), .scores = scores},
          {.task = "sequential", .part = "drop", .n = gains.size(), .scores = scores}};
}

TaskResults rated(const std::vector<double>& errors) {
  RatingMetrics metrics(/*fallback=*/0, RatingScale(-10, 10, 0));
  for (const double error : errors) metrics.add(/*truth=*/0, error);
  return {{.task = "rating", .n = errors.size(), .scores = star_scores(metrics.result())}};
}

TEST(RowDifferences, CompareWhatBothAnswered) {
  const std::vector<EvaluationRow> rows{{"worse", ranked({0, 0, 0.5, 0})}, {"stars", rated({1, 2})}};
  const auto json = differences_json(ranked({1, 0.5, 0.5, 1}), rows);
  ASSERT_EQ(json.size(), 1u);
  EXPECT_EQ(json["worse"].size(), 1u);  // no ratings
  const auto& kept = json["worse"]["sequential"]["keep_ndcg@10"];
  EXPECT_DOUBLE_EQ(kept["difference"], 0.625);
  EXPECT_NEAR(kept["margin"].get<double>(), 0.469, 1e-3);
}

TEST(RowDifferences, LeaveOutRowsOfOtherQuestions) {
  const std::vector<EvaluationRow> rows{{"others", ranked({0, 1})}, {"one", ranked({1})}, {"none", {}}};
  EXPECT_TRUE(differences_json(ranked({1, 0, 1}), rows).empty());
  EXPECT_TRUE(differences_json(ranked({1}), rows).empty());  // one question tells nothing
  EXPECT_EQ(differences_tables(ranked({1, 0, 1}), rows), "");
  EXPECT_EQ(differences_tables({}, rows), "");
}

TEST(RowDifferences, MarkWhatTheIntervalTellsApart) {
  const std::vector<EvaluationRow> rows{{"mean", rated({2, -2, 2, -2})}};
  const std::string table = differences_tables(rated({1, 1, -1, 3}), rows);
  EXPECT_THAT(table, HasSubstr("RMSE"));
  EXPECT_THAT(table, HasSubstr("-0.2679 ± 1.1316 "));
  EXPECT_THAT(table, HasSubstr("-0.5000 ± 0.9800"));
  EXPECT_THAT(table, Not(HasSubstr("!")));
  EXPECT_THAT(table, Not(HasSubstr("NDCG")));
  EXPECT_THAT(differences_tables(rated({1, 1, -1, 1.5}), rows), HasSubstr("!"));
}

TaskResults written(std::string part, std::uint64_t questions, std::vector<Score> scores) {
  return {{.task = "review", .part = std::move(part), .n = 2, .questions = questions, .scores = scores}};
}

TEST(RowDifferences, CompareTextsOfTheSameQuestions) {
  TaskResults run = written("star", 7, {{"rmse", 1, {1, 1}}, {"r2", 0.5}});
  run.push_back(written("headline", 8, {{"rouge1", 15, {10, 20}}}).front());
  const std::vector<EvaluationRow> rows{{"words", written("headline", 8, {{"rouge1", 3, {4, 2}}})},
                                        {"mean", written("star", 7, {{"rmse", 2, {4, 4}}})},
                                        {"others", written("star", 9, {{"rmse", 2, {4, 4}}})}};
  const auto json = differences_json(run, rows);
  EXPECT_EQ(json.size(), 2u);
  EXPECT_EQ(json["words"]["review"]["rouge1"]["difference"], 12.0);
  EXPECT_EQ(json["mean"]["review"]["rmse"].dump(), R"({"difference":-1.0,"margin":0.0})");
  EXPECT_EQ(json["mean"]["review"].size(), 1u);  // R2 is of all questions together
  const std::string tables = differences_tables(run, rows);
  EXPECT_THAT(tables, ContainsRegex("words +headline of a review +rouge1 +\\+12.00 ± 11.76!\n"));
  EXPECT_THAT(tables, ContainsRegex("mean +stars of a review +rmse"));
  EXPECT_THAT(tables, Not(HasSubstr("others")));
}

}  // namespace
}  // namespace p5
