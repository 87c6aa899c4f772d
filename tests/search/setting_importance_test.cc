#include "search/setting_importance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace p5 {
namespace {

using testing::Each;

const SearchSpace& three_settings() {
  static const SearchSpace space({{.key = "a", .low = 0, .high = 1},
                                  {.key = "b", .low = 0, .high = 1},
                                  {.key = "c", .kind = SearchSetting::Kind::kChoice, .choices = {"1", "2"}}});
  return space;
}

std::vector<Observation> observe(std::size_t count, const std::function<double(const SearchPoint&)>& score) {
  Rng rng(11, "points");
  std::vector<Observation> observed;
  for (std::size_t i = 0; i < count; ++i) {
    const SearchPoint point = three_settings().random_point(rng);
    observed.push_back({.point = point, .score = score(point)});
  }
  return observed;
}

TEST(SettingImportance, ASettingThatDecidesAloneHasNearlyAll) {
  const auto shares = setting_importance(three_settings(), observe(200, [](const auto& x) { return x[1] * x[1]; }));
  EXPECT_GT(shares[1], 0.9);
  EXPECT_LT(shares[0], 0.05);
  EXPECT_LT(shares[2], 0.05);
}

// The variance of 2x is 4/12 and that of x is 1/12; that of a choice between 0 and 1 is 1/4.
TEST(SettingImportance, SharesFollowTheVariances) {
  const auto shares = setting_importance(
      three_settings(), observe(600, [](const auto& x) { return 2 * x[0] + x[1] + (x[2] < 0.5 ? 0 : 1); }));
  EXPECT_NEAR(shares[0], 0.5, 0.08);
  EXPECT_NEAR(shares[1], 0.125, 0.08);
  EXPECT_NEAR(shares[2], 0.375, 0.08);
}

TEST(SettingImportance, WithoutVarianceOrTrialsThereIsNone) {
  EXPECT_THAT(setting_importance(three_settings(), observe(50, [](const auto&) { return 0.5; })), Each(0.0));
  EXPECT_THAT(setting_importance(three_settings(), observe(3, [](const auto& x) { return x[0]; })), Each(0.0));
}

}  // namespace
}  // namespace p5
