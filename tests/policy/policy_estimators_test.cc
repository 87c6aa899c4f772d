#include "policy/policy_estimators.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "policy/policy_estimate.h"

namespace p5 {
namespace {

// Four decisions of one place. The policy in question, of which the model expects 0.5, 0.5, 0.25 and 0.5:
//   logged  target  w    r   q      w r   w (r - q)
//   0.5     1       2    1   0.5    2     1
//   0.25    0       0    1   0.25   0     0
//   0.5     0.25    0.5  0   0.5    0    -0.25
//   0.1     0.8     8    1   0.25   8     6
std::vector<EvaluatedDecision> single_decisions() {
  return {{.places = {{.logged = 0.5, .target = 1, .reward = 1, .predicted = 0.5}}, .model_value = 0.5},
          {.places = {{.logged = 0.25, .target = 0, .reward = 1, .predicted = 0.25}}, .model_value = 0.5},
          {.places = {{.logged = 0.5, .target = 0.25, .reward = 0, .predicted = 0.5}}, .model_value = 0.25},
          {.places = {{.logged = 0.1, .target = 0.8, .reward = 1, .predicted = 0.25}}, .model_value = 0.5}};
}

// Two lists of two places.
//   list 1: w_1 = 2, w_2 = 0.5, so w_1:2 = 1; r = 1, 1; q = 0.5, 0.25; the model expects 0.75
//   list 2: w_1 = 1, w_2 = 4,   so w_1:2 = 4; r = 0, 1; q = 0.5, 0.5;  the model expects 1
std::vector<EvaluatedDecision> lists(PropensityKind kind) {
  return {{.kind = kind,
           .places = {{.logged = 0.25, .target = 0.5, .reward = 1, .predicted = 0.5},
                      {.logged = 0.5, .target = 0.25, .reward = 1, .predicted = 0.25}},
           .model_value = 0.75},
          {.kind = kind,
           .places = {{.logged = 0.5, .target = 0.5, .reward = 0, .predicted = 0.5},
                      {.logged = 0.2, .target = 0.8, .reward = 1, .predicted = 0.5}},
           .model_value = 1}};
}

double value_of(const std::string& name, const std::vector<EvaluatedDecision>& decisions,
                const EstimatorLimits& limits = {}) {
  for (const PolicyEstimator& estimator : policy_estimators()) {
    if (estimator.name != name) continue;
    std::vector<EstimatorTerm> terms;
    for (const EvaluatedDecision& decision : decisions) terms.push_back(estimator.term(decision, limits));
    return estimate_policy(terms, {.resamples = 10}).value;
  }
  ADD_FAILURE() << name;
  return 0;
}

TEST(PolicyEstimators, EqualHandComputedValuesOfSingleItems) {
  const auto decisions = single_decisions();
  EXPECT_DOUBLE_EQ(value_of("ips", decisions), (2 + 0 + 0 + 8) / 4.0);
  EXPECT_DOUBLE_EQ(value_of("snips", decisions), 10 / 10.5);
  EXPECT_DOUBLE_EQ(value_of("dm", decisions), (0.5 + 0.5 + 0.25 + 0.5) / 4);
  EXPECT_DOUBLE_EQ(value_of("dr", decisions), (1.75 + (1 + 0 - 0.25 + 6)) / 4);
  // The weight 8 is above 4 and leaves the last decision to the model.
  EXPECT_DOUBLE_EQ(value_of("switch-dr", decisions, {.switch_above = 4}), (1.75 + (1 + 0 - 0.25)) / 4);
  EXPECT_DOUBLE_EQ(value_of("switch-dr", decisions, {.switch_above = 100}), value_of("dr", decisions));
  // Clipped at 4, the last weight counts 4.
  EXPECT_DOUBLE_EQ(value_of("ips", decisions, {.clip = 4}), (2 + 4) / 4.0);
  EXPECT_DOUBLE_EQ(value_of("snips", decisions, {.clip = 4}), 6 / 6.5);
  EXPECT_DOUBLE_EQ(value_of("dr", decisions, {.clip = 4}), (1.75 + (1 + 0 - 0.25 + 3)) / 4);
}

TEST(PolicyEstimators, EqualHandComputedValuesOfLists) {
  const auto above = lists(PropensityKind::kGivenAbove);
  EXPECT_DOUBLE_EQ(value_of("ips", above), (1 * 2 + 4 * 1) / 2.0);
  EXPECT_DOUBLE_EQ(value_of("snips", above), 6 / 5.0);
  // List 1: 2 * 1 + 1 * 1; list 2: 1 * 0 + 4 * 1.
  EXPECT_DOUBLE_EQ(value_of("cascade", above), (3 + 4) / 2.0);
  // List 1: 0.75 + 2 * 0.5 + 1 * 0.75; list 2: 1 + 1 * -0.5 + 4 * 0.5.
  EXPECT_DOUBLE_EQ(value_of("dr", above), (2.5 + 2.5) / 2);
  // The weight 4 of the second place of list 2 is above 3: 1 - 0.5.
  EXPECT_DOUBLE_EQ(value_of("switch-dr", above, {.switch_above = 3}), (2.5 + 0.5) / 2);
  const auto alone = lists(PropensityKind::kOfPlace);
  // List 1: 2 * 1 + 0.5 * 1; list 2: 1 * 0 + 4 * 1.
  EXPECT_DOUBLE_EQ(value_of("independent", alone), (2.5 + 4) / 2);
  // List 1: (1 - 2 + 2.5) * 2; list 2: (1 - 2 + 5) * 1.
  EXPECT_DOUBLE_EQ(value_of("pseudo-inverse", alone), (3 + 4) / 2.0);
}

// The policy that answered is worth the mean reward of the log, by every estimator that weighs.
TEST(PolicyEstimators, TheLogsOwnPolicyIsWorthItsMeanReward) {
  for (const PropensityKind kind : {PropensityKind::kGivenAbove, PropensityKind::kOfPlace}) {
    auto decisions = lists(kind);
    for (EvaluatedDecision& decision : decisions) {
      decision.model_value = 0;
      for (EvaluatedPlace& place : decision.places) {
        place.target = place.logged;
        decision.model_value += place.predicted;
      }
    }
    for (const PolicyEstimator& estimator : policy_estimators()) {
      if (estimator.name == "dm" || !fits(estimator, kind, 2)) continue;
      EXPECT_DOUBLE_EQ(value_of(std::string(estimator.name), decisions), 3 / 2.0) << estimator.name;
    }
  }
}

TEST(PolicyEstimators, FitWhatTheyCanWeigh) {
  std::map<std::string, std::string> kinds;
  for (const PolicyEstimator& estimator : policy_estimators()) {
    std::string& kind = kinds[std::string(estimator.name)];
    if (fits(estimator, PropensityKind::kOfPlace, 1)) kind += "single ";
    if (fits(estimator, PropensityKind::kGivenAbove, 3)) kind += "above ";
    if (fits(estimator, PropensityKind::kOfPlace, 3)) kind += "places";
  }
  EXPECT_EQ(kinds["dm"], "single above places");
  EXPECT_EQ(kinds["ips"], "single above ");
  EXPECT_EQ(kinds["cascade"], "above ");
  EXPECT_EQ(kinds["pseudo-inverse"], "places");
}

}  // namespace
}  // namespace p5
