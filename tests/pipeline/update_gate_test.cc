#include "pipeline/update_gate.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace p5 {
namespace {

GateRow judged(const std::string& name, double low, double high) {
  return {.name = name,
          .users = 100,
          .asked = 100,
          .change = {.difference = (low + high) / 2, .low = low, .high = high},
          .judged = true};
}

GateVerdict by(PromoteRule rule, std::vector<GateRow> rows, double tolerance = 0) {
  return judge(rows, {.promote = rule, .tolerance = tolerance});
}

TEST(UpdateGateTest, AnUpdateThatIsNotWorseIsPromoted) {
  EXPECT_TRUE(by(PromoteRule::kNotWorse, {judged("all users", -0.02, 0.01), judged("new users", -0.1, 0.1)}).promote);
}

TEST(UpdateGateTest, NoGroupMayBeHarmed) {
  const GateVerdict verdict =
      by(PromoteRule::kNotWorse, {judged("all users", 0.01, 0.02), judged("new users", -0.3, -0.1)});
  EXPECT_FALSE(verdict.promote);
  EXPECT_EQ(verdict.why, "worse for new users");
  EXPECT_FALSE(by(PromoteRule::kBetter, {judged("all users", 0.01, 0.02), judged("new users", -0.3, -0.1)}).promote);
}

TEST(UpdateGateTest, ToleranceIsWhatMayBeLost) {
  const std::vector<GateRow> rows{judged("all users", -0.02, -0.005)};
  EXPECT_FALSE(by(PromoteRule::kNotWorse, rows).promote);
  EXPECT_FALSE(by(PromoteRule::kNotWorse, rows, 0.004).promote);
  EXPECT_TRUE(by(PromoteRule::kNotWorse, rows, 0.006).promote);
}

TEST(UpdateGateTest, BetterIsBeyondChance) {
  EXPECT_FALSE(by(PromoteRule::kBetter, {judged("all users", 0, 0.02)}).promote);
  EXPECT_TRUE(by(PromoteRule::kBetter, {judged("all users", 0.001, 0.02)}).promote);
  // A group need not be better.
  EXPECT_TRUE(by(PromoteRule::kBetter, {judged("all users", 0.001, 0.02), judged("new users", -1, 1)}).promote);
}

TEST(UpdateGateTest, FewQuestionsDecideNothing) {
  GateRow few = judged("new users", -0.3, -0.1);
  few.judged = false;
  EXPECT_TRUE(by(PromoteRule::kNotWorse, {judged("all users", -0.1, 0.1), few}).promote);
  few.name = "all users";
  EXPECT_FALSE(by(PromoteRule::kNotWorse, {few}).promote);
  EXPECT_FALSE(by(PromoteRule::kNotWorse, {}).promote);
  EXPECT_TRUE(by(PromoteRule::kAlways, {}).promote);
  EXPECT_TRUE(by(PromoteRule::kAlways, {judged("all users", -0.3, -0.1)}).promote);
}

TEST(UpdateGateTest, GroupsCountByTheirUsers) {
  // 90 users gain nothing, 10 lose 0.5; of both 20 at most are asked.
  GateGroup many{.name = "users without new events", .users = 90, .current = std::vector<double>(20, 0.5)};
  many.next = many.current;
  const GateGroup few{.name = "users with new events",
                      .users = 10,
                      .current = std::vector<double>(10, 0.5),
                      .next = std::vector<double>(10, 0.0)};
  const GateGroup none{.name = "new users", .users = 3};
  const auto rows = gate_rows(std::vector{many, few, none}, {});
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].name, "all users");
  EXPECT_EQ(rows[0].users, 100u);
  EXPECT_EQ(rows[0].asked, 30u);
  EXPECT_NEAR(rows[0].current, 0.5, 1e-12);
  EXPECT_NEAR(rows[0].next, 0.45, 1e-12);
  EXPECT_NEAR(rows[0].change.difference, -0.05, 1e-12);
  EXPECT_NEAR(rows[0].change.high, -0.05, 1e-12);  // no spread within a group, so none of the whole
  EXPECT_TRUE(rows[2].judged);
  EXPECT_NEAR(rows[2].change.low, -0.5, 1e-12);
}

TEST(UpdateGateTest, IntervalsHoldTheSpreadOfEachGroup) {
  // Half of the users gain 1, half lose 1: 0 on average, with a standard error of 1 / sqrt(100).
  GateGroup group{.name = "users with new events", .users = 100};
  for (int i = 0; i < 100; ++i) {
    group.current.push_back(i % 2);
    group.next.push_back(1 - i % 2);
  }
  const auto rows = gate_rows(std::vector{group}, {.resamples = 5000});
  ASSERT_EQ(rows.size(), 2u);
  for (const GateRow& row : rows) {
    EXPECT_NEAR(row.change.low, -0.196, 0.025);
    EXPECT_NEAR(row.change.high, 0.196, 0.025);
  }
}

TEST(UpdateGateTest, TooFewQuestionsAreMarked) {
  GateGroup group{.name = "new users", .users = 4, .current = {1, 0, 0, 1}, .next = {0, 0, 0, 0}};
  const auto rows = gate_rows(std::vector{group}, {});
  EXPECT_FALSE(rows[1].judged);
  EXPECT_NE(gate_table(rows).find("new users (too few)"), std::string::npos);
  EXPECT_EQ(to_json(rows)[1]["judged"], false);
}

}  // namespace
}  // namespace p5
