#include "doctor/machine_check.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace p5 {
namespace {

using ::testing::HasSubstr;

TEST(MachineReport, IsWellUnlessSomethingIsToMend) {
  MachineReport report;
  report.checks = {{.name = "memory", .found = "8 GiB"},
                   {.name = "disk", .status = CheckStatus::kWarning, .found = "little", .fix = "make room"}};
  EXPECT_TRUE(report.is_well());
  EXPECT_THAT(report.to_text(80), HasSubstr("p5 can work here, with 1 warning"));
  report.checks.push_back({.name = "LibTorch", .status = CheckStatus::kMend, .found = "missing", .fix = "install it"});
  EXPECT_FALSE(report.is_well());
  EXPECT_THAT(report.to_text(80), HasSubstr("1 thing to mend, with 1 warning"));
}

TEST(MachineReport, ShowsFixesOnLinesOfTheirOwn) {
  MachineReport report;
  report.checks = {{.name = "disk", .status = CheckStatus::kWarning, .found = "little", .fix = "make room"}};
  EXPECT_THAT(report.to_text(80), HasSubstr("warning  disk              little\n"));
  EXPECT_THAT(report.to_text(80), HasSubstr("\n                           fix: make room\n"));
}

TEST(MachineReport, JsonHasTheFactsOfEachCheck) {
  MachineReport report;
  report.checks = {{.name = "processor", .found = "one", .facts = {{"cores", 8}}}};
  const auto parsed = nlohmann::json::parse(report.to_json());
  EXPECT_EQ(parsed.at("well"), true);
  EXPECT_EQ(parsed.at("checks").at(0).at("cores"), 8);
  EXPECT_EQ(parsed.at("checks").at(0).at("status"), "ok");
  EXPECT_FALSE(parsed.at("checks").at(0).contains("fix"));
}

}  // namespace
}  // namespace p5
