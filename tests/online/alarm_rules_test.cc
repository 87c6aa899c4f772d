#include "online/alarm_rules.h"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "p5/error.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

constexpr std::array<std::string_view, 2> kMetrics{"hit_rate", "coverage"};

class AlarmRules : public testing::Test {
 protected:
  std::vector<AlarmRule> read(const std::string& text) {
    const auto file = folder_.path() / "alarms.toml";
    std::ofstream(file) << text;
    return read_alarm_rules(file, kMetrics);
  }
  std::string refusal(const std::string& text) {
    try {
      read(text);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << error.what();
      return error.what();
    }
    return "taken";
  }

 private:
  test::TemporaryFolder folder_;
};

TEST_F(AlarmRules, AreReadFromTables) {
  const auto rules = read(
      "[[alarm]]\nmetric = \"hit_rate\"\ncomparison = \"below\"\nthreshold = 0.02\nfor_s = 600\n"
      "[[alarm]]\nname = \"all the same\"\nmetric = \"coverage\"\ncomparison = \"above\"\nthreshold = 1\n");
  ASSERT_EQ(rules.size(), 2U);
  EXPECT_EQ(rules[0].name, "hit_rate");
  EXPECT_EQ(rules[0].text(), "hit_rate below 0.02 for 600 s");
  EXPECT_EQ(rules[1].name, "all the same");
  EXPECT_EQ(rules[1].text(), "coverage above 1");
  EXPECT_FALSE(rules[1].holds(1));
  EXPECT_TRUE(rules[1].holds(1.01));
}

TEST_F(AlarmRules, BadOnesAreOneErrorWithFileAndLine) {
  const std::string good = "[[alarm]]\nmetric = \"hit_rate\"\ncomparison = \"below\"\nthreshold = 0.02\n";
  const std::vector<std::array<std::string, 3>> rows{
      {"", "alarms.toml", "no alarms"},
      {"[[alarm]]\n\nmetric = \"hitrate\"\ncomparison = \"below\"\nthreshold = 1\n", "alarms.toml:3",
       "unknown metric 'hitrate'"},
      {"[[alarm]]\nmetric = \"coverage\"\ncomparison = \"under\"\nthreshold = 1\n", "alarms.toml:3", "\"above\""},
      {"[[alarm]]\nmetric = \"coverage\"\ncomparison = \"below\"\nthreshold = \"1\"\n", "alarms.toml:4", "a number"},
      {"[[alarm]]\nmetric = \"coverage\"\ncomparison = \"below\"\nthreshold = nan\n", "alarms.toml:4", "a number"},
      {"[[alarm]]\nmetric = \"coverage\"\nthreshold = 1\n", "alarms.toml:1", "lacks 'comparison'"},
      {good + "for_s = -1\n", "alarms.toml:5", "0 or more"},
      {good + "fors = 1\n", "alarms.toml:5", "unknown key 'fors'"},
      {good + good, "alarms.toml:5", "two alarms have one name"},
      {"[alarms]\n", "alarms.toml:1", "unknown key 'alarms'"},
      {"alarm = [1]\n", "alarms.toml:1", "not a table"},
      {good + "= 1\n", "alarms.toml", "5"}};
  for (const auto& [text, place, what] : rows) {
    const std::string said = refusal(text);
    EXPECT_NE(said.find(place), std::string::npos) << text << said;
    EXPECT_NE(said.find(what), std::string::npos) << text << said;
  }
}

TEST(AlarmBook, AnAlarmGoesOnOnceItsRuleHasHeldForItsTime) {
  AlarmBook book({{.name = "few", .metric = "hit_rate", .threshold = 0.1, .for_s = 10}});
  std::optional<double> value = 0.05;
  const auto look = [&](std::int64_t now_ms) { return book.look([&](std::string_view) { return value; }, now_ms); };
  EXPECT_TRUE(look(1000).empty());
  EXPECT_TRUE(look(10'999).empty());
  value = 0.2;
  EXPECT_TRUE(look(11'000).empty()) << "it began anew";
  value = 0.05;
  EXPECT_TRUE(look(12'000).empty());
  ASSERT_EQ(look(22'000).size(), 1U);
  EXPECT_TRUE(book.alarms()[0].on);
  EXPECT_EQ(book.alarms()[0].since_ms, 12'000);
  EXPECT_TRUE(look(23'000).empty()) << "it is on already";
  value = std::nullopt;  // nothing is known, so the rule does not hold
  const auto changed = look(24'000);
  ASSERT_EQ(changed.size(), 1U);
  EXPECT_FALSE(changed[0].on);
  EXPECT_EQ(changed[0].fired, 1U);
}

}  // namespace
}  // namespace p5
