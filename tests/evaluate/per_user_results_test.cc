#include "evaluate/per_user_results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/file.h"
#include "p5/error.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

EvaluationReport report() {
  EvaluationReport report;
  report.run = "runs/a";
  report.corpus = "gift";
  report.split = "valid";
  report.items = 148;
  report.protocol.split_kind = "leave-one-out";
  report.protocol.data_sha256 = "d1";
  report.protocol.config_sha256 = "c1";
  report.protocol.settings_sha256 = "s1";
  report.protocol.seed = 2023;
  report.tasks = {{.task = "sequential",
                   .part = "keep",
                   .n = 3,
                   .questions = 0xfedcba9876543210,
                   .scores = {{.name = "hr@10", .value = 2.0 / 3}},
                   .ranks = {1, 0, 3},
                   .list_length = 20},
                  {.task = "rating", .n = 2, .scores = {{"rmse", 0.25, {0.0625, 0.0625}}, {"r2", 0.1}}}};
  report.rows = {
      {.name = "popularity", .tasks = {{.task = "sequential", .part = "keep", .n = 3, .ranks = {7, 30, 1}}}}};
  return report;
}

TEST(PerUserResults, ReadBackAsTheyWereWritten) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "x.users.jsonl", PerUserResults::of(report(), {"ann", "bob", "cid"}).to_jsonl());
  const PerUserResults read = PerUserResults::load(folder / "x.users.jsonl");
  EXPECT_EQ(read.run, "runs/a");
  EXPECT_EQ(read.corpus, "gift");
  EXPECT_EQ(read.split, "valid");
  EXPECT_EQ(read.split_kind, "leave-one-out");
  EXPECT_EQ(read.data_sha256 + read.config_sha256 + read.settings_sha256, "d1c1s1");
  EXPECT_EQ(read.seed, 2023u);
  EXPECT_EQ(read.items, 148u);
  EXPECT_THAT(read.users, ElementsAre("ann", "bob", "cid"));
  ASSERT_EQ(read.results.size(), 3u);
  const PerUserResult* p5 = read.find("p5", "sequential", "keep");
  ASSERT_NE(p5, nullptr);
  EXPECT_EQ(p5->result.questions, 0xfedcba9876543210);
  EXPECT_THAT(p5->result.ranks, ElementsAre(1, 0, 3));
  EXPECT_EQ(read.find("p5", "sequential", "drop"), nullptr);
  const auto rmse = read.find("p5", "rating", "")->score("rmse");
  ASSERT_TRUE(rmse);
  EXPECT_EQ(rmse->value, 0.25);
  EXPECT_THAT(rmse->per_question, ElementsAre(0.0625, 0.0625));
  EXPECT_TRUE(read.find("p5", "rating", "")->score("r2")->per_question.empty());
}

// Any cut-off follows from the ranks, by hand: ranks 1, none, 3.
TEST(PerUserResults, RankingMetricsFollowFromRanks) {
  const PerUserResults results = PerUserResults::of(report(), {});
  const PerUserResult& p5 = *results.find("p5", "sequential", "keep");
  EXPECT_DOUBLE_EQ(p5.score("hr@2")->value, 1.0 / 3);
  EXPECT_DOUBLE_EQ(p5.score("ndcg@20")->value, (1 + 0.5) / 3);
  EXPECT_DOUBLE_EQ(p5.score("mrr")->value, (1 + 1.0 / 3) / 3);
  EXPECT_TRUE(p5.score("mrr")->within_list);
  EXPECT_THAT(p5.score("precision@4")->per_question, ElementsAre(0.25, 0, 0.25));
  EXPECT_FALSE(p5.score("hr@21"));  // beyond its lists
  EXPECT_DOUBLE_EQ(results.find("popularity", "sequential", "keep")->score("hr@30")->value, 1.0);
  EXPECT_FALSE(p5.score("rmse"));
}

TEST(PerUserResults, DamageIsNamed) {
  const test::TemporaryFolder folder;
  const auto message = [&](const std::string& text) -> std::string {
    write_file_atomically(folder / "x", text);
    try {
      PerUserResults::load(folder / "x");
    } catch (const Error& error) {
      EXPECT_EQ(exit_code_of(error), 3);
      return error.what();
    }
    return "none";
  };
  const std::string good = PerUserResults::of(report(), {"ann"}).to_jsonl();
  EXPECT_EQ(message(good), "none");
  EXPECT_THAT(message(""), HasSubstr("empty"));
  EXPECT_THAT(message("{}\n"), HasSubstr("x:1"));
  EXPECT_THAT(message(good + "{\"row\": 5}\n"), HasSubstr("x:5"));
  EXPECT_THAT(message(good.substr(0, good.size() - 20)), HasSubstr("x:4"));
  EXPECT_THROW(PerUserResults::load(folder / "nothing"), Error);
}

}  // namespace
}  // namespace p5
