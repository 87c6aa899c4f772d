#include "pipeline/leaderboard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "p5/error.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using testing::HasSubstr;

// Three users; every score has its place in a row.
MeasuredRanking ranking(const std::vector<double>& ndcg) {
  double sum = 0;
  for (const double value : ndcg) sum += value;
  const double mean = sum / static_cast<double>(ndcg.size());
  return {.scores = {{"hr@10", 2 * mean}, {"ndcg@10", mean}}, .ndcg = ndcg};
}

MeasuredEntry entry(double valid, const std::vector<double>& ndcg, double seconds = 1) {
  MeasuredEntry made{.trained = false, .fit_seconds = seconds, .peak_memory = 3 << 20};
  made.rows.push_back({.source = "source",
                       .users = ndcg.size(),
                       .questions = 17,
                       .valid_keep = {.scores = {{"ndcg@10", valid}}},
                       .keep = ranking(ndcg),
                       .drop = ranking(ndcg)});
  return made;
}

TEST(Leaderboard, TheValidationScoreDecidesTheOrder) {
  const Leaderboard board = make_leaderboard({{.name = "lucky on test", .seeds = {entry(0.1, {0.9, 0.9, 0.9})}},
                                              {.name = "best", .seeds = {entry(0.3, {0.5, 0.5, 0.5})}}},
                                             200);
  ASSERT_EQ(board.lines.size(), 2u);
  EXPECT_EQ(board.lines[0].name, "best");
  EXPECT_FALSE(board.lines[0].keep.to_first);
  EXPECT_NEAR(board.lines[1].keep.to_first->difference, 0.4, 1e-12);
}

TEST(Leaderboard, SeedsAreAveragedPerUser) {
  const Leaderboard board =
      make_leaderboard({{.name = "two", .seeds = {entry(0.1, {0, 1, 0}, 2), entry(0.2, {1, 1, 0}, 4)}}}, 200);
  const LeaderboardLine& line = board.lines.at(0);
  EXPECT_EQ(line.seeds, 2u);
  EXPECT_NEAR(line.valid, 0.15, 1e-12);
  EXPECT_EQ(line.keep.ndcg, (std::vector<double>{0.5, 1, 0}));
  EXPECT_NEAR(line.keep.value("ndcg@10"), 0.5, 1e-12);
  EXPECT_NEAR(line.keep.seed_deviation, std::sqrt(2.0) / 6, 1e-12);
  EXPECT_NEAR(line.fit_seconds, 3, 1e-12);
}

TEST(Leaderboard, RowsThatAnsweredOtherQuestionsAreNotCompared) {
  MeasuredEntry other = entry(0.1, {0.2, 0.2, 0.2});
  other.rows[0].questions = 18;
  const Leaderboard board =
      make_leaderboard({{.name = "a", .seeds = {entry(0.3, {0.5, 0.5, 0.5})}}, {.name = "b", .seeds = {other}}}, 200);
  EXPECT_FALSE(board.lines[1].keep.to_first);
}

TEST(Leaderboard, FurtherRowsOfARunAreLinesOfTheirOwn) {
  MeasuredEntry run = entry(0.1, {0.2, 0.2, 0.2});
  run.rows.push_back(run.rows.front());
  run.rows.back().source = "hybrid";
  const Leaderboard board = make_leaderboard({{.name = "p5", .seeds = {run}}}, 200);
  ASSERT_EQ(board.lines.size(), 2u);
  EXPECT_EQ(board.lines[1].name, "p5: hybrid");
}

TEST(Leaderboard, EveryFormHasEveryLineAndEveryFailure) {
  Leaderboard board = make_leaderboard(
      {{.name = "knn", .seeds = {entry(0.3, {0.5, 0.25, 0.75})}}, {.name = "broken", .problem = "no memory"}}, 200);
  board.corpus = "world";
  for (const std::string& text : {board.to_text(), board.to_markdown(), board.to_json().dump()}) {
    EXPECT_THAT(text, HasSubstr("knn"));
    EXPECT_THAT(text, HasSubstr("no memory"));
  }
  EXPECT_THAT(board.to_text(), HasSubstr("0.5000"));
  EXPECT_THAT(board.plot(true), HasSubstr("knn"));
  EXPECT_EQ(make_leaderboard({}, 200).to_json()["rows"].size(), 0u);
}

TEST(MeasuredEntry, IsReadAsItWasWritten) {
  const test::TemporaryFolder folder;
  MeasuredEntry written = entry(0.25, {0, 1, 0.63092975357145742});
  written.fingerprint = "abc";
  written.stopped_by = "patience";
  written.save(folder / "entry.json");
  const MeasuredEntry read = MeasuredEntry::load(folder / "entry.json");
  EXPECT_EQ(read.to_json(), written.to_json());
  EXPECT_EQ(read.rows[0].keep.ndcg, written.rows[0].keep.ndcg);
  EXPECT_THROW(read.rows[0].keep.value("mrr"), Error);
}

}  // namespace
}  // namespace p5
