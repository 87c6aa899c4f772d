#include "base/draw.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

namespace p5 {
namespace {

using ::testing::ElementsAre;

TEST(DrawSome, KeepsOrderAndDrawsEveryPlaceAlike) {
  std::map<int, int> seen;
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    std::vector<int> values = {10, 11, 12, 13, 14, 15};
    keep_sample(values, 2, Rng(seed, "draw test"));
    ASSERT_EQ(values.size(), 2u);
    EXPECT_LT(values[0], values[1]);
    for (const int value : values) ++seen[value];
  }
  EXPECT_EQ(seen.size(), 6u);
  for (const auto& [value, count] : seen) EXPECT_NEAR(count, 1000, 130) << value;
}

TEST(DrawSome, LeavesFewAndAllAsTheyAre) {
  std::vector<std::string> values = {"a", "b"};
  keep_sample(values, 0, Rng(1, "draw test"));
  keep_sample(values, 2, Rng(1, "draw test"));
  keep_sample(values, 9, Rng(1, "draw test"));
  EXPECT_THAT(values, ElementsAre("a", "b"));
}

TEST(DrawSome, TheSeedDecidesAndValuesNeedNoCopy) {
  const auto drawn = [](std::uint64_t seed) {
    std::vector<std::unique_ptr<int>> values;
    for (int i = 0; i < 100; ++i) values.push_back(std::make_unique<int>(i));
    keep_sample(values, 10, Rng(seed, "draw test"));
    std::vector<int> kept;
    for (const auto& value : values) kept.push_back(*value);
    return kept;
  };
  EXPECT_EQ(drawn(1), drawn(1));
  EXPECT_NE(drawn(1), drawn(2));
}

}  // namespace
}  // namespace p5
