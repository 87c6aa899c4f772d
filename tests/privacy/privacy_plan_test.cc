#include "privacy/privacy_plan.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "p5/error.h"

namespace p5 {
namespace {

std::string refusal(const PrivacyOptions& options, std::int64_t units = 1000, std::int64_t steps = 200) {
  try {
    PrivacyPlan::of(options, "user", units, options.batch, steps);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(PrivacyPlan, NoiseFollowsFromEpsilon) {
  const PrivacyOptions options{.unit = PrivacyOptions::Unit::kUser, .epsilon = 3, .batch = 50};
  const PrivacyPlan plan = PrivacyPlan::of(options, "user", 1000, options.batch, 200);
  EXPECT_DOUBLE_EQ(plan.rate, 0.05);
  EXPECT_DOUBLE_EQ(plan.delta, std::pow(1000.0, -1.1));
  EXPECT_LE(plan.after(200).epsilon, 3);
  EXPECT_GT(plan.after(200).epsilon, 2.99);
  EXPECT_LT(plan.after(100).epsilon, plan.after(200).epsilon);
}

TEST(PrivacyPlan, NoiseThatCannotReachEpsilonSaysWhatCan) {
  const PrivacyOptions options{.unit = PrivacyOptions::Unit::kUser, .noise = 0.7, .epsilon = 3, .batch = 50};
  const std::string text = refusal(options);
  const double noise = std::stod(text.substr(text.find("expected privacy.noise = ") + 25));
  EXPECT_LE(epsilon_of({.rate = 0.05, .noise = noise, .steps = 200}, std::pow(1000.0, -1.1)).epsilon, 3);
  const std::int64_t steps = std::stol(text.substr(text.find("train.max_steps = ") + 18));
  EXPECT_LE(epsilon_of({.rate = 0.05, .noise = 0.7, .steps = steps}, std::pow(1000.0, -1.1)).epsilon, 3);
  EXPECT_LT(steps, 200);
}

TEST(PrivacyPlan, EnoughNoiseIsTaken) {
  const PrivacyOptions options{.unit = PrivacyOptions::Unit::kUser, .noise = 2, .epsilon = 8, .batch = 50};
  EXPECT_EQ(refusal(options), "");
}

TEST(PrivacyPlan, RefusesWhatLeavesNoiseOpenOrCannotBe) {
  PrivacyOptions options{.unit = PrivacyOptions::Unit::kUser};
  EXPECT_NE(refusal(options).find("privacy.epsilon"), std::string::npos);
  options.epsilon = 1e-5;
  options.delta = 1e-9;
  EXPECT_NE(refusal(options).find("no noise reaches"), std::string::npos);
  options.epsilon = 1;
  EXPECT_NE(refusal(options, 1).find("hide among"), std::string::npos);
}

}  // namespace
}  // namespace p5
