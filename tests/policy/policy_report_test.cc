#include "policy/policy_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>

#include "p5/error.h"
#include "policy/logging_policy.h"
#include "policy/synthetic_bandit.h"
#include "policy/uniform_policy.h"

namespace p5 {
namespace {

using testing::HasSubstr;

// How many of `logs` seeded logs have the true value in the bootstrap interval of each estimator.
std::map<std::string, int> coverage(std::size_t places, PropensityKind kind, int logs) {
  std::map<std::string, int> held;
  for (int seed = 0; seed < logs; ++seed) {
    const test::SyntheticBandit world(static_cast<std::uint64_t>(seed), places, kind);
    const double truth = world.value(world.target());
    DecisionLog log{.format = "answers", .decisions = world.log(600, static_cast<std::uint64_t>(seed)), .problems = {}};
    test::SyntheticPolicy policy(world, world.target());
    const PolicyReport report = evaluate_policy(log, policy, {.resamples = 200});
    for (const PolicyRow& row : report.rows) held[row.name] += row.estimate.bootstrap.holds(truth) ? 1 : 0;
  }
  return held;
}

// The short form of benchmarks/ope_coverage. Of 40 intervals of 95%, fewer than 34 hold the truth once in 300 times.
TEST(PolicyReport, IntervalsHoldTheTruthAsOftenAsTheySay) {
  constexpr int kLogs = 40, kFewest = 34;
  auto single = coverage(1, PropensityKind::kGivenAbove, kLogs);
  for (const char* name : {"ips", "snips", "dr", "switch-dr"}) EXPECT_GE(single[name], kFewest) << name;
  auto lists = coverage(3, PropensityKind::kGivenAbove, kLogs);
  for (const char* name : {"cascade", "dr"}) EXPECT_GE(lists[name], kFewest) << name;
  auto apart = coverage(3, PropensityKind::kOfPlace, kLogs);
  for (const char* name : {"independent", "pseudo-inverse"}) EXPECT_GE(apart[name], kFewest) << name;
}

TEST(PolicyReport, TheLogsOwnPolicyHasWeightsOfOne) {
  const test::SyntheticBandit world(4, 2, PropensityKind::kGivenAbove);
  DecisionLog log{.format = "answers", .decisions = world.log(300, 4), .problems = {}};
  LoggingPolicy policy;
  const PolicyReport report = evaluate_policy(log, policy, {.resamples = 50});
  EXPECT_NEAR(report.overlap.effective, 300, 1e-6);
  EXPECT_NEAR(report.overlap.mean_weight, 1, 1e-12);
  EXPECT_EQ(report.overlap.possible, 1);
  EXPECT_TRUE(report.warnings.empty());
  EXPECT_EQ(report.longest, 2u);
  for (const PolicyRow& row : report.rows) {
    if (row.name == "dm") continue;
    EXPECT_NEAR(row.estimate.value, report.logged.value, 1e-9) << row.name;
  }
}

TEST(PolicyReport, FirstPlacesAreJudgedAlone) {
  const test::SyntheticBandit world(4, 3, PropensityKind::kGivenAbove), first(4, 1, PropensityKind::kGivenAbove);
  DecisionLog log{.format = "answers", .decisions = world.log(3000, 4), .problems = {}};
  test::SyntheticPolicy policy(first, first.target());
  const PolicyReport report = evaluate_policy(log, policy, {.places = 1, .resamples = 200});
  EXPECT_EQ(report.longest, 1u);
  EXPECT_NEAR(report.rows.front().estimate.value, first.value(first.target()), 0.05);
}

TEST(PolicyReport, UniformChoosesAmongWhatMightHaveBeenShown) {
  LoggedDecision decision{.id = "1",
                          .shown = {{.item = "a", .propensity = 0.5}, {.item = "b", .propensity = 0.5}},
                          .eligible = {"a", "b", "c", "d"}};
  UniformPolicy policy(std::span(&decision, 1));
  EXPECT_EQ(policy.look(std::span(&decision, 1))[0].target, (std::vector<double>{1.0 / 4, 1.0 / 3}));
  decision.kind = PropensityKind::kOfPlace;
  EXPECT_EQ(policy.look(std::span(&decision, 1))[0].target, (std::vector<double>{1.0 / 4, 1.0 / 4}));
  decision.eligible.clear();
  EXPECT_EQ(policy.look(std::span(&decision, 1))[0].target, (std::vector<double>{1.0 / 2, 1.0 / 2}));
}

// Knows the items whose keys begin with "k".
class PickyPolicy final : public TargetPolicy {
 public:
  std::string name() const override { return "picky"; }
  bool knows(const std::string& item) const override { return item.starts_with("k"); }
  std::vector<PolicyView> look(std::span<const LoggedDecision> decisions) override {
    return std::vector<PolicyView>(decisions.size(), {.target = {1}, .own = {}});
  }
};

LoggedDecision one_item(const std::string& item, PropensityKind kind = PropensityKind::kGivenAbove) {
  return {.id = item, .kind = kind, .shown = {{.item = item, .propensity = 0.5, .reward = 1}}};
}

TEST(PolicyReport, UnknownItemsAreCountedAndOtherCataloguesRefused) {
  PickyPolicy policy;
  DecisionLog log{.format = "answers",
                  .decisions = {one_item("k1"), one_item("x"), one_item("k2"), one_item("k3"),
                                one_item("k4", PropensityKind::kOfPlace)},
                  .problems = {}};
  const PolicyReport report = evaluate_policy(log, policy, {.resamples = 10});
  EXPECT_EQ(report.decisions, 3u);
  EXPECT_EQ(log.problems.count_of("an item that the policy does not know"), 1u);
  EXPECT_EQ(log.problems.total(), 2u);
  EXPECT_FALSE(report.warnings.empty()) << "three decisions say little";

  DecisionLog other{.format = "answers", .decisions = {one_item("x"), one_item("y"), one_item("k1")}, .problems = {}};
  try {
    evaluate_policy(other, policy, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(exit_code_of(error), 3);
    EXPECT_THAT(error.what(), HasSubstr("another catalogue"));
    EXPECT_THAT(error.what(), HasSubstr("2 of 3"));
  }
}

TEST(PolicyReport, ALogWithoutPropensitiesIsRefusedWithAdvice) {
  DecisionLog log;
  DecisionCollector collector(log);
  EXPECT_FALSE(collector.add({.id = "1", .shown = {{.item = "a", .propensity = std::nan("")}}}, "answers.jsonl:1"));
  LoggingPolicy policy;
  try {
    evaluate_policy(log, policy, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(exit_code_of(error), 3);
    EXPECT_THAT(error.what(), HasSubstr("serve.answer_log"));
  }
}

}  // namespace
}  // namespace p5
