#include "evaluate/evaluation_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

namespace p5 {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

EvaluationReport example() {
  const RankingSummary ranks{
      .users = 22363, .hr1 = 0.01, .hr5 = 0.05, .hr10 = 0.08, .ndcg5 = 0.03, .ndcg10 = 0.04, .mrr = 0.035};
  EvaluationReport report;
  report.run = "beauty";
  report.corpus = "Beauty";
  report.split = "test";
  report.protocol.ties = "file";
  report.protocol.seed = 7;
  report.seconds = 1.5;
  report.tasks.sequential = SequentialResult{
      .keep = ranks, .drop = ranks, .ranked_by = RankedBy::kList, .invalid_rate = 0.25, .distinct = 19};
  report.tasks.direct = DirectResult{.ranks = ranks, .negatives_sha256 = "0123456789abcdef"};
  report.tasks.rating = RatingResult{.n = 100, .rmse = 1.2, .mae = 0.9, .coverage = 0.5};
  EvaluationRow popularity{.name = "popularity", .tasks = {}};
  popularity.tasks.sequential = SequentialResult{.keep = ranks, .drop = ranks, .distinct = 20};
  report.rows.push_back(popularity);
  return report;
}

std::vector<std::string> keys_of(const nlohmann::ordered_json& json) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : json.items()) keys.push_back(key);
  return keys;
}

TEST(EvaluationReport, JsonIsTheObjectOfTheProtocol) {
  const auto json = example().to_json();
  EXPECT_THAT(keys_of(json),
              ElementsAre("run", "corpus", "split", "protocol", "tasks", "rows", "differences", "seconds"));
  EXPECT_EQ(json["protocol"].dump(), R"({"candidates":"all","ties":"file","seed":7,"beam":20})");
  const auto& sequential = json["tasks"]["sequential"];
  EXPECT_THAT(keys_of(sequential), ElementsAre("users", "keep", "drop", "invalid_rate", "distinct", "mrr_over"));
  EXPECT_EQ(sequential["keep"].dump(),
            R"({"hr@1":0.01,"hr@5":0.05,"ndcg@5":0.03,"hr@10":0.08,"ndcg@10":0.04,"mrr":0.035})");
  EXPECT_EQ(sequential["users"], 22363);
  EXPECT_EQ(json["tasks"]["direct"].dump(), R"({"users":22363,"hr@1":0.01,"hr@5":0.05,"ndcg@5":0.03,"hr@10":0.08,)"
                                            R"("ndcg@10":0.04,"negatives_sha256":"0123456789abcdef"})");
  EXPECT_EQ(json["tasks"]["rating"].dump(), R"({"n":100,"rmse":1.2,"mae":0.9,"coverage":0.5})");
}

TEST(EvaluationReport, JsonHoldsBaselinesByName) {
  const auto json = example().to_json();
  EXPECT_THAT(keys_of(json["rows"]["popularity"]), ElementsAre("sequential"));
  EXPECT_THAT(keys_of(json["rows"]["popularity"]["sequential"]),
              ElementsAre("users", "keep", "drop", "invalid_rate", "distinct"));
}

TEST(EvaluationReport, JsonNamesHashesThatAreKnown) {
  EvaluationReport report = example();
  report.protocol.data_sha256 = "d";
  report.protocol.config_sha256 = "c";
  EXPECT_EQ(report.to_json()["protocol"]["data_sha256"], "d");
  EXPECT_EQ(report.to_json()["protocol"]["config_sha256"], "c");
}

TEST(EvaluationReport, ComparesRowsThatAnsweredTheSameQuestions) {
  EvaluationReport report = example();
  EXPECT_EQ(report.to_json()["differences"].dump(), "{}");
  EXPECT_THAT(report.to_table(), Not(HasSubstr("Differences")));
  report.tasks.sequential->keep.gains = {1, 0, 0.5};
  report.rows[0].tasks.sequential->keep.gains = {0, 0, 1};
  EXPECT_THAT(keys_of(report.to_json()["differences"]), ElementsAre("popularity"));
  EXPECT_THAT(report.to_table(), HasSubstr("\nDifferences of the run to other rows"));
}

TEST(EvaluationReport, Pitfall30DecodingSettingsStandBesideTheScores) {
  EvaluationReport report = example();
  report.protocol.decoding = {{"consensus", "64"}, {"temperature", "0.5"}, {"stars", "\"mean\""}};
  EXPECT_EQ(report.to_json()["protocol"]["decoding"].dump(), R"({"consensus":64,"temperature":0.5,"stars":"mean"})");
}

TEST(EvaluationReport, LeavesOutWhatWasNotEvaluated) {
  EvaluationReport report = example();
  report.tasks = {};
  report.rows.clear();
  EXPECT_EQ(report.to_json()["tasks"].dump(), "{}");
  EXPECT_EQ(report.to_json()["rows"].dump(), "{}");
  EXPECT_THAT(report.to_table(), Not(HasSubstr("Sequential")));
}

TEST(EvaluationReport, TableShowsEveryRowInItsSections) {
  const std::string table = example().to_table();
  EXPECT_THAT(table, HasSubstr("Sequential, seen items kept\n"));
  EXPECT_THAT(table, HasSubstr("Sequential, seen items dropped\n"));
  EXPECT_THAT(table, HasSubstr("sha256 0123456789ab)"));
  EXPECT_THAT(table, HasSubstr("Rating"));
  EXPECT_THAT(table, HasSubstr("22,363"));
  EXPECT_THAT(table, HasSubstr("0.0350*"));  // the run's MRR ends with its list
  std::istringstream lines(table);
  std::size_t popularity_rows = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("popularity")) ++popularity_rows;
    EXPECT_FALSE(line.ends_with(' ')) << "'" << line << "'";
    EXPECT_LE(line.size(), 100u) << line;
  }
  EXPECT_EQ(popularity_rows, 2u);  // kept and dropped; it has no other task
}

EvaluationReport with_texts() {
  EvaluationReport report = example();
  report.tasks.texts = {
      {.task = "explanation",
       .title = "Explanation",
       .prompt = "3-1",
       .hint = "none",
       .n = 8,
       .of = 90,
       .scores = {{"bleu4", 12.5}, {"usr", 0.25}}},
      {.task = "review", .part = "star", .title = "Stars", .prompt = "4-2", .n = 7, .of = 7, .scores = {{"rmse", 0.5}}},
      {.task = "review",
       .part = "headline",
       .title = "Headline",
       .prompt = "4-1",
       .n = 6,
       .of = 6,
       .scores = {{"bleu2", 3.0}}}};
  report.rows.push_back({.name = "random-sentence", .tasks = {}});
  report.rows.back().tasks.texts = {
      {.task = "explanation", .title = "Explanation", .n = 8, .of = 90, .scores = {{"bleu4", 1.5}}}};
  return report;
}

TEST(EvaluationReport, JsonHoldsTextsByTask) {
  const auto json = with_texts().to_json();
  EXPECT_EQ(json["tasks"]["explanation"].dump(),
            R"({"n":8,"of":90,"prompt":"3-1","hint":"none","bleu4":12.5,"usr":0.25})");
  EXPECT_EQ(
      json["tasks"]["review"].dump(),
      R"({"n":7,"of":7,"prompt":"4-2","rmse":0.5,"headline_n":6,"headline_of":6,"headline_prompt":"4-1","bleu2":3.0})");
  EXPECT_EQ(json["rows"]["random-sentence"].dump(), R"({"explanation":{"n":8,"of":90,"bleu4":1.5}})");
}

TEST(EvaluationReport, ShowsExamplesWhereThereAreAny) {
  EvaluationReport report = with_texts();
  report.tasks.texts[0].examples = {{"A fine tone.", "The tone is good.", "tone"}, {"Works.", "It works.", ""}};
  EXPECT_EQ(report.to_json()["tasks"]["explanation"]["examples"].dump(),
            R"([{"reference":"A fine tone.","written":"The tone is good.","feature":"tone"},)"
            R"({"reference":"Works.","written":"It works."}])");
  EXPECT_THAT(report.to_table(), HasSubstr("Examples of prompt 3-1, drawn by seed\n"
                                           "  tone\n    users: A fine tone.\n    model: The tone is good.\n"
                                           "  without a feature\n    users: Works.\n"));
  EXPECT_THAT(with_texts().to_table(), Not(HasSubstr("Examples")));
}

TEST(EvaluationReport, TableShowsTextsBesideTheirBaselines) {
  const std::string table = with_texts().to_table();
  EXPECT_THAT(table, HasSubstr("Explanation (8 of 90, drawn by seed)"));
  EXPECT_THAT(table, HasSubstr("prompt  bleu4     usr  n"));
  EXPECT_THAT(table, HasSubstr("3-1  12.50  0.2500  8"));
  EXPECT_THAT(table, HasSubstr("random-sentence"));
  EXPECT_THAT(table, HasSubstr(" 1.50 "));
  EXPECT_THAT(table, Not(HasSubstr("Stars (")));
}

}  // namespace
}  // namespace p5
