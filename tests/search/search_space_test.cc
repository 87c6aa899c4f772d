#include "search/search_space.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "p5/error.h"

namespace p5 {
namespace {

using testing::HasSubstr;

std::string refusal(const std::string& toml) {
  try {
    SearchSpace::parse(toml, "space.toml");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    return error.what();
  }
  ADD_FAILURE() << "not refused: " << toml;
  return "";
}

TEST(SearchSpace, ReadsSettingsOfEveryKind) {
  const SearchSpace space = SearchSpace::parse(
      "[knn]\nrecency = { low = 0.3, high = 0.9 }\nwindow = { low = 1, high = 3 }\n"
      "[train]\nlr = { low = 1e-4, high = 1e-2, log = true }\n[model]\npreset = { choices = ['nano', 'tiny'] }\n",
      "space.toml");
  std::map<std::string, SearchSetting> by_key;
  for (const SearchSetting& setting : space.settings()) by_key[setting.key] = setting;
  ASSERT_EQ(by_key.size(), 4u);
  EXPECT_EQ(by_key["knn.recency"].value_at(0), "0.3");
  EXPECT_EQ(by_key["knn.recency"].value_at(0.5), "0.6");
  EXPECT_EQ(by_key["train.lr"].value_at(0.5), "0.001");
  EXPECT_EQ(by_key["model.preset"].value_at(0.2), "'nano'");
  EXPECT_EQ(by_key["model.preset"].value_at(0.7), "'tiny'");
  EXPECT_EQ(by_key["model.preset"].value_at(1.0), "'tiny'");
}

TEST(SearchSpace, WholeNumbersAreEquallyLikely) {
  const SearchSetting window{.key = "w", .kind = SearchSetting::Kind::kInteger, .low = 1, .high = 3};
  std::map<std::string, int> counts;
  for (int i = 0; i < 300; ++i) ++counts[window.value_at((i + 0.5) / 300)];
  EXPECT_EQ(counts, (std::map<std::string, int>{{"1", 100}, {"2", 100}, {"3", 100}}));
}

TEST(SearchSpace, RealValuesStayReal) {
  const SearchSetting setting{.key = "x", .low = 0, .high = 2};
  EXPECT_EQ(setting.value_at(0.5), "1.0");  // "1" would be an integer in TOML
}

TEST(SearchSpace, ErrorsNameLineAndKey) {
  EXPECT_THAT(refusal(""), HasSubstr("no setting"));
  EXPECT_THAT(refusal("[knn]\nwindow = 3\n"), HasSubstr("space.toml, line 2, knn.window"));
  EXPECT_THAT(refusal("[knn]\nwindow = { low = 3 }\n"), HasSubstr("'high'"));
  EXPECT_THAT(refusal("[knn]\nwindow = { low = 3, high = 3 }\n"), HasSubstr("low < high"));
  EXPECT_THAT(refusal("[knn]\nwindow = { low = 0, high = 3, log = true }\n"), HasSubstr("0 < low"));
  EXPECT_THAT(refusal("[knn]\nwindow = { low = 0, hihg = 3 }\n"), HasSubstr("hihg"));
  EXPECT_THAT(refusal("[knn]\nwindow = { choices = [1] }\n"), HasSubstr("two or more"));
  EXPECT_THAT(refusal("[knn\n"), HasSubstr("not TOML"));
}

}  // namespace
}  // namespace p5
