#include "pipeline/report_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "p5/error.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;

class ReportFilesTest : public testing::Test {
 protected:
  ReportFilesTest() : run_(folder_ / "run") {
    RunConfig config;
    OptionTable table;
    config.bind(table);
    RunManifest manifest;
    manifest.data_sha256 = "d1";
    run_ = RunDirectory::create(folder_ / "run", table.to_toml(), manifest);
  }

  // The name of the report with one setting changed.
  std::string name_with(const std::string& key, const std::string& value, const std::string& data = "d1") const {
    RunConfig config;
    OptionTable table;
    config.bind(table);
    if (!key.empty()) table.set(key, value, "test");
    return report_file(run_, config, data).filename().string();
  }

  const test::TemporaryFolder folder_;
  RunDirectory run_;
};

TEST_F(ReportFilesTest, EachSplitAndEachSettingsHaveAFile) {
  EXPECT_EQ(name_with("", ""), "report.test.json");
  EXPECT_EQ(name_with("evaluate.split", "valid"), "report.valid.json");
  EXPECT_EQ(name_with("device.threads", "3"), "report.test.json");  // of the machine
  const std::string quick = name_with("evaluate.users", "50"), longer = name_with("decode.beams", "40");
  EXPECT_THAT(quick, MatchesRegex("report\\.test-[0-9a-f]{8}\\.json"));
  EXPECT_THAT(longer, MatchesRegex("report\\.test-[0-9a-f]{8}\\.json"));
  EXPECT_NE(quick, longer);
  EXPECT_EQ(quick, name_with("evaluate.users", "50"));
  EXPECT_NE(name_with("", "", "d2"), "report.test.json");  // a changed corpus
}

TEST_F(ReportFilesTest, RunsThatDifferBySeedHaveTheSameSettings) {
  const auto settings = [](const std::string& key, const std::string& value) {
    RunConfig config;
    OptionTable table;
    config.bind(table);
    if (!key.empty()) table.set(key, value, "test");
    return settings_sha256(config);
  };
  const std::string plain = settings("", "");
  for (const char* seed : {"train.seed", "encoder.seed", "index.seed"}) EXPECT_EQ(settings(seed, "9"), plain) << seed;
  EXPECT_EQ(settings("device.threads", "3"), plain);
  EXPECT_EQ(settings("evaluate.rows", "[]"), plain);
  EXPECT_NE(settings("train.lr", "0.5"), plain);
  EXPECT_NE(settings("split.seed", "9"), plain);  // decides what is asked
  EXPECT_NE(settings("decode.beams", "40"), plain);
}

EvaluationReport small_report() {
  EvaluationReport report;
  report.run = "a";
  report.corpus = "gift";
  report.split = "test";
  report.protocol.data_sha256 = "d1";
  report.users = {"ann", "bob"};
  report.tasks = {{.task = "sequential", .part = "keep", .n = 2, .ranks = {1, 2}}};
  return report;
}

TEST_F(ReportFilesTest, WhatUsersGotIsKeptNextToTheReport) {
  EvaluationReport report = small_report();
  keep_report(run_.path() / "report.test.json", report);
  const auto json = nlohmann::json::parse(read_file(run_.path() / "report.test.json"));
  EXPECT_EQ(json["per_user"]["file"], "report.test.users.jsonl");
  EXPECT_EQ(per_user_file("a/b.json"), "a/b.users.jsonl");
  EXPECT_EQ(per_user_file("a/b"), "a/b.users.jsonl");
  EXPECT_THAT(load_per_user_results(run_.path(), "test").users, ElementsAre("ann", "bob"));
  EXPECT_THAT(load_per_user_results(run_.path() / "report.test.json", "valid").users, ElementsAre("ann", "bob"));
}

TEST_F(ReportFilesTest, FilesThatDoNotBelongTogetherAreNotRead) {
  EvaluationReport report = small_report();
  keep_report(run_.path() / "report.test.json", report);
  report.users = {"ann", "bea"};
  write_file_atomically(run_.path() / "report.test.users.jsonl", PerUserResults::of(report, report.users).to_jsonl());
  EXPECT_THROW(load_per_user_results(run_.path(), "test"), Error);
}

TEST_F(ReportFilesTest, AMissingReportSaysWhatToDo) {
  EvaluationReport report = small_report();
  keep_report(run_.path() / "report.valid.json", report);
  const auto message = [&](const std::filesystem::path& path) -> std::string {
    try {
      load_per_user_results(path, "test");
    } catch (const Error& error) {
      return error.what();
    }
    return "none";
  };
  EXPECT_THAT(message(run_.path()),
              AllOf(HasSubstr("report.test.json"), HasSubstr("p5 evaluate"), HasSubstr("got report.valid.json")));
  EXPECT_THAT(message(folder_ / "nowhere"), HasSubstr("no such run or report"));
  write_file_atomically(folder_ / "old.json", "{\"run\": \"x\"}");
  EXPECT_THAT(message(folder_ / "old.json"), HasSubstr("no results per user"));
}

// A report that cannot be written leaves no name in what is printed.
TEST_F(ReportFilesTest, AFolderInTheWayIsAnError) {
  EvaluationReport report = small_report();
  std::filesystem::create_directories(run_.path() / "report.test.json" / "full");
  EXPECT_THROW(keep_report(run_.path() / "report.test.json", report), Error);
  EXPECT_FALSE(report.per_user);
}

// The reports of a run go with it; another file keeps it from being removed.
TEST_F(ReportFilesTest, AreRemovedWithTheRun) {
  EvaluationReport report = small_report();
  keep_report(run_.path() / "report.test.json", report);
  keep_report(run_.path() / "report.valid-0123abcd.json", report);
  write_file_atomically(run_.path() / "reports.txt", "mine");
  const std::filesystem::path path = run_.path();
  run_ = RunDirectory("elsewhere");  // lets the lock go
  EXPECT_THROW(RunDirectory::remove(path), Error);
  std::filesystem::remove(path / "reports.txt");
  RunDirectory::remove(path);
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace p5
