#include "policy/reward_model.h"

#include <gtest/gtest.h>

#include <set>

namespace p5 {
namespace {

LoggedDecision shows(const std::string& id, const std::string& item, double reward) {
  return {.id = id, .shown = {{.item = item, .propensity = 0.5, .reward = reward}}};
}

// The parts are drawn by hash, so the test computes each prediction from the decisions of the other parts.
TEST(RewardModel, PredictsEachPartFromTheOthers) {
  std::vector<LoggedDecision> log;
  for (int i = 0; i < 40; ++i) log.push_back(shows(std::to_string(i), i % 4 == 0 ? "a" : "b", i % 3 == 0 ? 1 : 0));
  constexpr std::size_t kFolds = 3;
  constexpr double kPrior = 2;
  const RewardModel model(log, kFolds, kPrior, 7);
  std::set<std::size_t> folds;
  for (const LoggedDecision& decision : log) folds.insert(model.fold_of(decision));
  EXPECT_EQ(folds.size(), kFolds);
  for (std::size_t fold = 0; fold < kFolds; ++fold) {
    double sum[kFolds] = {}, count[kFolds] = {};
    for (const LoggedDecision& decision : log) {
      sum[model.fold_of(decision)] += decision.shown[0].reward;
      ++count[model.fold_of(decision)];
    }
    double all = 0, showings = 0, beyond = 0, of_a = 0;
    for (const LoggedDecision& decision : log) {
      const std::size_t own = model.fold_of(decision);
      if (own == fold) continue;
      all += decision.shown[0].reward;
      ++showings;
      if (decision.shown[0].item != "a") continue;
      beyond += decision.shown[0].reward - sum[own] / count[own];
      ++of_a;
    }
    EXPECT_NEAR(model.predict("a", 0, fold), all / showings + beyond / (of_a + kPrior), 1e-12);
    EXPECT_NEAR(model.predict("unseen", 0, fold), all / showings, 1e-12);
    EXPECT_EQ(model.predict("a", 9, fold), beyond / (of_a + kPrior)) << "a place that was never shown";
  }
}

}  // namespace
}  // namespace p5
