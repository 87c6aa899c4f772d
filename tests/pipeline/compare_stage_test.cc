#include "pipeline/compare_stage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/file.h"
#include "evaluate/paired_difference.h"
#include "p5/error.h"
#include "pipeline/report_files.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

using Ranks = std::vector<std::uint32_t>;

TaskResults ranked(const Ranks& ranks) {
  TaskResults results;
  for (const char* part : {"keep", "drop"}) {
    results.push_back(
        {.task = "sequential", .part = part, .n = ranks.size(), .questions = 5, .ranks = ranks, .list_length = 20});
  }
  return results;
}

TaskResult rated(const std::vector<double>& squares) {
  double sum = 0;
  for (const double square : squares) sum += square;
  const double root = std::sqrt(sum / static_cast<double>(squares.size()));
  return {.task = "rating", .n = squares.size(), .scores = {{.name = "rmse", .value = root, .per_question = squares}}};
}

class CompareRunsTest : public testing::Test {
 protected:
  // A report as p5 evaluate keeps it.
  EvaluationReport report(const Ranks& ranks, const std::string& settings, std::int64_t seed) const {
    EvaluationReport report;
    report.corpus = "gift";
    report.split = "test";
    report.items = 148;
    report.protocol.split_kind = "leave-one-out";
    report.protocol.data_sha256 = "d1";
    report.protocol.settings_sha256 = settings;
    report.protocol.config_sha256 = settings + std::to_string(seed);
    report.protocol.seed = seed;
    report.users = {"a", "b", "c", "d"};
    report.tasks = ranked(ranks);
    report.rows = {{.name = "popularity", .tasks = ranked({4, 4, 4, 4})}};
    return report;
  }
  std::filesystem::path keep(const std::string& name, EvaluationReport report) const {
    std::filesystem::create_directories(folder_ / name);
    keep_report(folder_ / name / "report.test.json", report);
    return folder_ / name;
  }
  static std::string message_of(const CompareRunsRequest& request) {
    try {
      compare_runs(request);
    } catch (const Error& error) {
      EXPECT_EQ(exit_code_of(error), 2) << error.what();
      return error.what();
    }
    return "none";
  }

  const test::TemporaryFolder folder_;
};

const ComparedCell& cell(const Comparison& table, std::size_t row, const std::string& column) {
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].name() == column) return *table.rows.at(row).cells.at(i);
  }
  throw std::runtime_error("no column " + column);
}

// By hand. NDCG of ranks 1, 3, miss, 1: 1, 1/2, 0, 1; of 3, 3, miss, 1: 1/2, 1/2, 0, 1.
TEST_F(CompareRunsTest, DifferencesAreThoseOfTheSameUsers) {
  const auto a = keep("a", report({1, 3, 0, 1}, "s1", 1)), b = keep("b", report({3, 3, 0, 1}, "s2", 1));
  const Comparison table = compare_runs({.inputs = {a, b}});
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_EQ(table.users, 4u);
  EXPECT_EQ(table.rows[1].name, b.string());
  EXPECT_DOUBLE_EQ(cell(table, 0, "sequential.drop.ndcg@10").mean, 2.5 / 4);
  EXPECT_FALSE(cell(table, 0, "sequential.drop.ndcg@10").difference);
  const auto& found = cell(table, 1, "sequential.drop.ndcg@10");
  const PairedDifference expected =
      mean_difference(std::vector<double>{0.5, 0.5, 0, 1}, std::vector<double>{1, 0.5, 0, 1});
  EXPECT_DOUBLE_EQ(found.difference->difference, -0.125);
  EXPECT_DOUBLE_EQ(found.difference->margin, expected.margin);
  EXPECT_NEAR(found.difference->margin, 1.959964 * 0.25 / 2, 1e-12);  // one of four differs by 1/2
}

TEST_F(CompareRunsTest, RunsThatDifferBySeedMakeOneRow) {
  const auto a = keep("gift-1", report({1, 1, 1, 1}, "s1", 1)), b = keep("gift-2", report({3, 3, 3, 3}, "s1", 2)),
             c = keep("other", report({3, 1, 3, 1}, "s2", 1));
  const Comparison table = compare_runs({.inputs = {a, c, b}});
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_EQ(table.rows[0].name, (folder_ / "gift").string());
  EXPECT_THAT(table.rows[0].seeds, ElementsAre(1, 2));
  EXPECT_THAT(table.rows[0].runs, ElementsAre(a.string(), b.string()));
  const auto& both = cell(table, 0, "sequential.keep.ndcg@10");
  EXPECT_DOUBLE_EQ(both.mean, 0.75);
  EXPECT_DOUBLE_EQ(both.deviation, std::sqrt(2 * 0.25 * 0.25));
  const auto& other = cell(table, 1, "sequential.keep.ndcg@10");  // .5, 1, .5, 1 against .75 each
  EXPECT_DOUBLE_EQ(other.difference->difference, 0);
  EXPECT_NEAR(other.difference->margin, 1.959964 * std::sqrt(4 * 0.25 * 0.25 / 3 / 4), 1e-12);
}

// The same configuration twice is no second seed.
TEST_F(CompareRunsTest, CopiesOfARunAreRowsOfTheirOwn) {
  const auto a = keep("a", report({1, 1, 1, 1}, "s1", 1)), b = keep("b", report({1, 1, 1, 1}, "s1", 1));
  EXPECT_EQ(compare_runs({.inputs = {a, b}}).rows.size(), 2u);
  EXPECT_THAT(message_of({.inputs = {a, b, a}}), HasSubstr("given twice"));
}

TEST_F(CompareRunsTest, RootsOfErrorsAreComparedByTheDeltaMethod) {
  EvaluationReport one = report({1, 1, 1, 1}, "s1", 1), two = report({1, 1, 1, 1}, "s2", 1);
  one.tasks.push_back(rated({1, 4, 1, 2}));
  two.tasks.push_back(rated({2, 2, 1, 1}));
  const Comparison table = compare_runs({.inputs = {keep("a", one), keep("b", two)}, .metrics = {"rating.rmse"}});
  const PairedDifference expected =
      root_mean_difference(std::vector<double>{2, 2, 1, 1}, std::vector<double>{1, 4, 1, 2});
  const auto& found = cell(table, 1, "rating.rmse");
  EXPECT_NEAR(found.difference->difference, expected.difference, 1e-12);
  EXPECT_NEAR(found.difference->margin, expected.margin, 1e-12);
}

TEST_F(CompareRunsTest, OtherQuestionsAreRefused) {
  const auto a = keep("a", report({1, 1, 1, 1}, "s1", 1));
  EvaluationReport data = report({1, 1, 1, 1}, "s2", 1), split = data, users = data;
  data.corpus = "books";
  data.protocol.data_sha256 = "d2";
  split.split = "valid";
  for (TaskResult& result : users.tasks) result.questions = 6;
  EXPECT_THAT(
      message_of({.inputs = {a, keep("b", data)}}),
      AllOf(HasSubstr("cannot be compared"), HasSubstr("corpus gift (data d1)"), HasSubstr("corpus books (data d2)")));
  EXPECT_THAT(message_of({.inputs = {a, keep("c", split)}}), HasSubstr("valid split"));
  EXPECT_THAT(message_of({.inputs = {a, keep("d", users)}}), HasSubstr("other users or targets"));
}

TEST_F(CompareRunsTest, BaselinesAndHybridsAreRows) {
  EvaluationReport fused = report({1, 3, 0, 1}, "s1", 1);
  fused.rows.push_back({.name = "hybrid", .tasks = ranked({1, 1, 1, 1})});
  fused.rows.push_back({.name = "p5, held-out prompts", .tasks = ranked({1, 1, 1, 1})});
  fused.rows.push_back(
      {.name = "random-sentence", .tasks = {{.task = "explanation", .n = 1, .scores = {{"bleu1", 3}}}}});
  const auto a = keep("a", fused);
  const auto names = [](const Comparison& table) {
    std::vector<std::string> found;
    for (const ComparedRow& row : table.rows) found.push_back(row.name);
    return found;
  };
  EXPECT_THAT(names(compare_runs({.inputs = {a}})), ElementsAre(a.string(), a.string() + ", hybrid"));
  const Comparison all = compare_runs({.inputs = {a}, .to = "popularity", .baselines = true});
  EXPECT_THAT(names(all), ElementsAre(a.string(), a.string() + ", hybrid", "popularity"));
  EXPECT_EQ(all.reference, 2u);
  EXPECT_TRUE(cell(all, 0, "sequential.drop.hr@10").difference);
  EXPECT_THAT(message_of({.inputs = {a}, .to = "pop"}), AllOf(HasSubstr("no such row"), HasSubstr("hybrid")));
}

TEST_F(CompareRunsTest, MetricsAreNamedAsTrainingNamesThem) {
  const auto a = keep("a", report({1, 3, 0, 15}, "s1", 1));
  const Comparison table = compare_runs(
      {.inputs = {a}, .metrics = {"sequential.removed.hr@20", "sequential.precision@3", "sequential.drop.mrr"}});
  EXPECT_DOUBLE_EQ(cell(table, 0, "sequential.drop.hr@20").mean, 0.75);
  EXPECT_DOUBLE_EQ(cell(table, 0, "sequential.keep.precision@3").mean, 0.5 / 3);
  EXPECT_EQ(table.columns[0].heading, "HR@20 removed");
  EXPECT_EQ(table.columns[2].heading, "MRR removed");
  for (const char* name : {"hr@10", "sequential.removed.hr@21", "rating.rmse", "sequential."}) {
    EXPECT_THAT(message_of({.inputs = {a}, .metrics = {name}}), HasSubstr(name)) << name;
  }
}

class ComparisonFormsTest : public CompareRunsTest {
 protected:
  ComparisonFormsTest() {
    EvaluationReport one = report({1, 3, 0, 1}, "s1", 1), two = report({1, 1, 0, 1}, "s1", 2);
    inputs_ = {keep("gift_1", one), keep("gift_2", two), keep("a,b|c&d", report({3, 3, 0, 1}, "s2", 1))};
    table_ = compare_runs({.inputs = inputs_, .metrics = {"sequential.drop.ndcg@10"}});
    table_.rows[0].name = "gift";
    table_.rows[1].name = "a,b|c&d";
  }

  std::vector<std::filesystem::path> inputs_;
  Comparison table_;
};

TEST_F(ComparisonFormsTest, TextIsATableAndItsNotes) {
  const std::string text = table_.to_text("text");
  EXPECT_THAT(text, StartsWith("gift, test split (leave-one-out), 4 users, 148 items\n\n"));
  EXPECT_THAT(text, HasSubstr("         seeds  NDCG@10 removed\n"));
  EXPECT_THAT(text, HasSubstr("gift         2  0.6875 ± 0.0884\n"));
  EXPECT_THAT(text, HasSubstr("a,b|c&d      1           0.5000\n"));
  EXPECT_THAT(text, HasSubstr("Differences to gift, ± half a 95% interval; ! = significant at 95%\n"));
  EXPECT_THAT(text, HasSubstr("a,b|c&d  -0.1875 ± "));
  EXPECT_THAT(text, HasSubstr("standard deviation between seeds"));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 101u) << line;  // ± has two bytes
}

TEST_F(ComparisonFormsTest, MarkdownEscapesAndMarksTheBest) {
  const std::string text = table_.to_text("markdown");
  EXPECT_THAT(text, HasSubstr("|  | seeds | NDCG@10 removed |\n| --- | ---: | ---: |\n"));
  EXPECT_THAT(text, HasSubstr("| gift | 2 | **0.6875 ± 0.0884** |\n"));
  EXPECT_THAT(text, HasSubstr("| a,b\\|c&d | 1 | 0.5000 |\n"));
}

TEST_F(ComparisonFormsTest, LatexEscapesNamesAlone) {
  const std::string text = table_.to_text("latex");
  EXPECT_THAT(text, HasSubstr("\\begin{tabular}{lrr}\n\\toprule\n & seeds & NDCG@10 removed \\\\\n\\midrule\n"));
  EXPECT_THAT(text, HasSubstr("gift & 2 & \\textbf{0.6875 $\\pm$ 0.0884} \\\\\n"));
  EXPECT_THAT(text, HasSubstr("a,b|c\\&d & 1 & 0.5000 \\\\\n\\bottomrule\n\\end{tabular}\n"));
}

TEST_F(ComparisonFormsTest, CsvHasFullPrecision) {
  const std::string text = table_.to_text("csv");
  EXPECT_THAT(text, StartsWith("row,seeds,sequential.drop.ndcg@10,sequential.drop.ndcg@10 deviation,"
                               "sequential.drop.ndcg@10 difference,sequential.drop.ndcg@10 margin\n"
                               "gift,2,0.6875,0.08838834764831845,,\n"
                               "\"a,b|c&d\",1,0.5,,-0.1875,"));
}

TEST_F(ComparisonFormsTest, JsonNamesRunsAndSeeds) {
  const auto json = table_.to_json();
  EXPECT_EQ(json["reference"], "gift");
  EXPECT_EQ(json["columns"].dump(), R"(["sequential.drop.ndcg@10"])");
  EXPECT_EQ(json["rows"][0]["seeds"].dump(), "[1,2]");
  EXPECT_EQ(json["rows"][0]["runs"].size(), 2u);
  EXPECT_DOUBLE_EQ(json["rows"][0]["figures"]["sequential.drop.ndcg@10"]["mean"], 0.6875);
  EXPECT_DOUBLE_EQ(json["rows"][1]["figures"]["sequential.drop.ndcg@10"]["difference"], -0.1875);
  EXPECT_THROW(table_.to_text("html"), Error);
}

}  // namespace
}  // namespace p5
