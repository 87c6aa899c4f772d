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
using testing::StartsWith;

std::vector<Score> ranking_scores(bool within_list) {
  return {{.name = "hr@1", .value = 0.01, .heading = "HR@1"},
          {.name = "hr@5", .value = 0.05, .heading = "HR@5"},
          {.name = "ndcg@5", .value = 0.03, .heading = "NDCG@5"},
          {.name = "hr@10", .value = 0.08, .heading = "HR@10"},
          {.name = "ndcg@10", .value = 0.04, .heading = "NDCG@10"},
          {.name = "mrr", .value = 0.035, .heading = "MRR ", .within_list = within_list}};
}

TaskResults sequential(bool within_list, double invalid_rate, double distinct) {
  TaskResult keep{.task = "sequential",
                  .part = "keep",
                  .title = "Sequential, seen items allowed",
                  .n = 22363,
                  .scores = ranking_scores(within_list)};
  TaskResult drop = keep;
  drop.part = "drop";
  drop.title = "Sequential, seen items removed";
  TaskResult whole{.task = "sequential",
                   .n = 22363,
                   .scores = {{.name = "invalid_rate", .value = invalid_rate, .heading = "invalid"},
                              {.name = "distinct", .value = distinct}}};
  if (within_list) whole.details = {{"mrr_over", "list"}};
  return {keep, drop, whole};
}

EvaluationReport example() {
  EvaluationReport report;
  report.run = "beauty";
  report.corpus = "Beauty";
  report.split = "test";
  report.protocol.ties = "file";
  report.protocol.seed = 7;
  report.seconds = 1.5;
  report.tasks = sequential(/*within_list=*/true, 0.25, 19);
  report.tasks.push_back({.task = "direct",
                          .title = "Direct: one target among stored negatives (sha256 0123456789ab)",
                          .n = 22363,
                          .scores = ranking_scores(/*within_list=*/false),
                          .details = {{"negatives_sha256", "0123456789abcdef"}}});
  report.tasks.push_back({.task = "rating",
                          .title = "Rating: all predictions, clamped to the scale",
                          .n = 100,
                          .scores = {{"rmse", 1.2}, {"mae", 0.9}, {"coverage", 0.5}}});
  report.rows.push_back({.name = "popularity", .tasks = sequential(/*within_list=*/false, 0, 20)});
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
              ElementsAre("run", "corpus", "split", "protocol", "tasks", "rows", "differences", "verdict", "seconds"));
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
  report.tasks[0].scores[4].per_question = {1, 0, 0.5};
  report.rows[0].tasks[0].scores[4].per_question = {0, 0, 1};
  EXPECT_THAT(keys_of(report.to_json()["differences"]), ElementsAre("popularity"));
  EXPECT_THAT(report.to_table(), HasSubstr("\nDifferences of p5 to the other rows"));
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
  EXPECT_THAT(report.to_table(), Not(HasSubstr("Seen items")));
}

TEST(EvaluationReport, TableShowsEveryRowInItsSections) {
  const std::string table = example().to_table();
  EXPECT_THAT(table, HasSubstr("Sequential, seen items allowed (22,363 users)\n"));
  EXPECT_THAT(table, HasSubstr("Sequential, seen items removed (22,363 users)\n"));
  EXPECT_THAT(table, HasSubstr("sha256 0123456789ab)"));
  EXPECT_THAT(table, HasSubstr("Rating"));
  EXPECT_THAT(table, HasSubstr("0.0350*"));  // the run's MRR ends with its list
  EXPECT_THAT(table, HasSubstr("\"Allowed\": they may be recommended\nagain."));
  std::istringstream lines(table);
  std::size_t popularity_rows = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("popularity")) ++popularity_rows;
    EXPECT_FALSE(line.ends_with(' ')) << "'" << line << "'";
    EXPECT_LE(line.size(), 100u) << line;
  }
  EXPECT_EQ(popularity_rows, 2u);  // allowed and removed; it has no other task
}

TEST(EvaluationReport, TheHeadSaysWhatWasMeasured) {
  EvaluationReport report = example();
  report.items = 148;
  report.protocol.split_kind = "temporal";
  EXPECT_THAT(report.to_table(), StartsWith("run      beauty\n"
                                            "data     Beauty, test split (temporal), 148 items\n"
                                            "ranking  all items; equal times: file; seed 7; beam 20\n"
                                            "time     1.5s\n"));
  EXPECT_EQ(report.to_json()["items"], 148);
  EXPECT_EQ(report.to_json()["protocol"]["split_kind"], "temporal");
}

// Columns that say the same of every row are left out: no invalid places, all answered, full lists.
TEST(EvaluationReport, ShowsTheFormOfListsOnlyWhereItIsNotAsExpected) {
  EvaluationReport report = example();
  EXPECT_THAT(report.to_table(), HasSubstr("invalid"));
  EXPECT_THAT(report.to_table(), HasSubstr("distinct"));
  EXPECT_THAT(report.to_table(), HasSubstr("coverage"));
  report.tasks[2].scores = report.rows[0].tasks[2].scores;
  report.tasks[4].scores[2].value = 1;
  for (const char* column : {"invalid", "distinct", "coverage"}) {
    EXPECT_THAT(report.to_table(), Not(HasSubstr(column)));
    EXPECT_THAT(report.to_table(ReportDetail::kAll), HasSubstr(column));
  }
}

TaskResult yes_or_no(const std::string& task, double auc, double margin) {
  return {.task = task,
          .title = "Table of " + task,
          .prompt = "1-1",
          .n = 90,
          .scores = {{"accuracy", 0.5}, {.name = "auc", .value = auc, .margin = margin}}};
}

// What was not trained or not learnt takes one line each.
TEST(EvaluationReport, TablesShowWhatWasLearnt) {
  EvaluationReport report = example();
  report.tasks.erase(report.tasks.begin() + 3, report.tasks.end());  // neither direct nor rating
  report.tasks.push_back(yes_or_no("rating_yes_no", 0.56, 0.07));
  report.tasks.push_back(yes_or_no("rating_like_dislike", 0.58, 0.07));
  report.rows[0].tasks.push_back(example().tasks[3]);
  const std::string table = report.to_table();
  EXPECT_THAT(table, Not(HasSubstr("Direct:")));
  EXPECT_THAT(table, Not(HasSubstr("Table of rating_yes_no")));
  EXPECT_THAT(table, HasSubstr("Table of rating_like_dislike"));
  EXPECT_THAT(table, HasSubstr("Not trained: choice among candidates.\n"));
  EXPECT_THAT(table, HasSubstr("Not learnt (AUC, .5 is chance): yes or no to stars (0.56).\n"));
  EXPECT_THAT(table, HasSubstr("--full"));
  const std::string full = report.to_table(ReportDetail::kAll);
  for (const char* title : {"Direct:", "Table of rating_yes_no", "Table of rating_like_dislike"}) {
    EXPECT_THAT(full, HasSubstr(title));
  }
  EXPECT_THAT(full, Not(HasSubstr("--full")));
  EXPECT_EQ(report.to_json()["tasks"]["rating_yes_no"]["auc_margin"], 0.07);
}

// The hybrid may choose where the model was not trained to.
TEST(EvaluationReport, WhatTheHybridAnswersIsShown) {
  EvaluationReport report = example();
  report.tasks.erase(report.tasks.begin() + 3, report.tasks.end());
  report.rows.push_back({.name = "hybrid", .tasks = {example().tasks[3]}});
  EXPECT_THAT(report.to_table(), HasSubstr("Direct:"));
}

// One label, and the prompt that asked where no column has it; programs read the row's name.
TEST(EvaluationReport, LabelsNameThePromptOfTheTable) {
  EvaluationReport report = example();
  EvaluationRow held_out{
      .name = "p5, held-out prompts 2-13 5-8 1-10", .tasks = example().tasks, .label = "held-out prompt"};
  for (TaskResult& result : held_out.tasks) result.prompt = result.task == "direct" ? "5-8" : "2-13";
  report.rows.push_back(held_out);
  const std::string table = report.to_table();
  EXPECT_THAT(table, HasSubstr("\nheld-out prompt 2-13 "));
  EXPECT_THAT(table, HasSubstr("\nheld-out prompt 5-8 "));
  EXPECT_THAT(table, Not(HasSubstr("2-13 5-8")));
  EXPECT_TRUE(report.to_json()["rows"].contains("p5, held-out prompts 2-13 5-8 1-10"));
}

// How much of the catalogue is recommended is in every table.
TEST(EvaluationReport, ShowsHowManyItemsAreEverRecommended) {
  EvaluationReport report = example();
  report.items = 148;
  report.tasks[1].beyond = {{.path = {"coverage@10"}, .value = 16.0 / 148, .margin = 0.01, .n = 9},
                            {.path = {"gini@10"}, .value = 0.9, .margin = 0.01, .n = 9},
                            {.path = {"popularity@10"}, .value = 300, .margin = 2, .n = 9}};
  EXPECT_THAT(report.to_table(), HasSubstr("16 of 148"));
  EXPECT_THAT(report.to_table(), HasSubstr("300.0 ± 2.0"));
}

// A metric that nobody named here reaches the report and the table by being among the scores.
TEST(EvaluationReport, ANewScoreIsAKeyAndAColumn) {
  EvaluationReport report = example();
  report.tasks[0].scores.push_back({.name = "hr@20", .value = 0.125, .heading = "HR@20"});
  report.tasks[4].scores.push_back({.name = "bias", .value = -0.25});
  EXPECT_EQ(report.to_json()["tasks"]["sequential"]["keep"]["hr@20"], 0.125);
  EXPECT_EQ(report.to_json()["tasks"]["rating"]["bias"], -0.25);
  EXPECT_THAT(report.to_table(), HasSubstr("HR@20"));
  EXPECT_THAT(report.to_table(), HasSubstr("0.1250"));
  EXPECT_THAT(report.to_table(), HasSubstr("bias"));
}

EvaluationReport with_texts() {
  EvaluationReport report = example();
  const TaskResults texts{
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
  report.tasks.insert(report.tasks.end(), texts.begin(), texts.end());
  const TaskResult random{.task = "explanation", .title = "Explanation", .n = 8, .of = 90, .scores = {{"bleu4", 1.5}}};
  report.rows.push_back({.name = "random-sentence", .tasks = {random}});
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
  TaskResult& explanation = report.tasks[5];
  ASSERT_EQ(explanation.task, "explanation");
  explanation.examples = {{"A fine tone.", "The tone is good.", "tone"}, {"Works.", "It works.", ""}};
  EXPECT_EQ(report.to_json()["tasks"]["explanation"]["examples"].dump(),
            R"([{"reference":"A fine tone.","written":"The tone is good.","feature":"tone"},)"
            R"({"reference":"Works.","written":"It works."}])");
  EXPECT_THAT(report.to_table(), HasSubstr("Examples of prompt 3-1, drawn by seed\n"
                                           "  tone\n    users: A fine tone.\n    model: The tone is good.\n"
                                           "  without a feature\n    users: Works.\n"));
  EXPECT_THAT(with_texts().to_table(), Not(HasSubstr("Examples")));
}

TEST(EvaluationReport, TableShowsTextsNextToTheirBaselines) {
  const std::string table = with_texts().to_table();
  EXPECT_THAT(table, HasSubstr("Explanation (8 of 90, drawn by seed)"));
  EXPECT_THAT(table, HasSubstr("prompt  bleu4     usr\n"));
  EXPECT_THAT(table, HasSubstr("3-1  12.50  0.2500\n"));
  EXPECT_THAT(table, HasSubstr("random-sentence"));
  EXPECT_THAT(table, HasSubstr("  1.50\n"));
  EXPECT_THAT(table, HasSubstr("Stars (7 questions)\n"));
}

}  // namespace
}  // namespace p5
