#include "doctor/machine_checks.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace p5 {
namespace {

MachineCheck named(const MachineReport& report, const std::string& name) {
  const auto found = std::find_if(report.checks.begin(), report.checks.end(),
                                  [&](const MachineCheck& check) { return check.name == name; });
  EXPECT_NE(found, report.checks.end()) << name;
  return found == report.checks.end() ? MachineCheck{} : *found;
}

TEST(MachineChecks, AFolderThatIsMissingIsToMendAndAPythonThatIsMissingIsNot) {
  const MachineReport report = check_machine({.folder = "/no/such/folder", .python = "/no/such/python"});
  EXPECT_FALSE(report.is_well());
  EXPECT_EQ(named(report, "disk").status, CheckStatus::kMend);
  EXPECT_EQ(named(report, "Python package").status, CheckStatus::kWarning);
  EXPECT_EQ(named(report, "Python package").found, "no Python found");
  EXPECT_EQ(named(report, "files of p5").status, CheckStatus::kOk);
}

TEST(MachineChecks, PythonNamesAreNoShell) {
  const MachineReport report = check_machine({.python = "echo'; echo 9; echo 0.1.0; #"});
  EXPECT_EQ(named(report, "Python package").found, "no Python found");
}

TEST(MachineChecks, ReferenceBlasIsToldByItsSpeed) {
  EXPECT_EQ(blas_class_of(1.5), "reference");
  EXPECT_EQ(blas_class_of(40), "optimised");
}

}  // namespace
}  // namespace p5
