#include "doctor/machine_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/json_field.h"
#include "base/text_layout.h"

namespace p5 {
namespace {

std::string_view word_of(CheckStatus status) {
  switch (status) {
    case CheckStatus::kOk:
      return "ok";
    case CheckStatus::kWarning:
      return "warning";
    case CheckStatus::kMend:
      break;
  }
  return "mend";
}

std::size_t count_of(const std::vector<MachineCheck>& checks, CheckStatus status) {
  return static_cast<std::size_t>(
      std::count_if(checks.begin(), checks.end(), [status](const MachineCheck& c) { return c.status == status; }));
}

}  // namespace

bool MachineReport::is_well() const { return count_of(checks, CheckStatus::kMend) == 0; }

std::string MachineReport::to_text(std::size_t width) const {
  constexpr std::size_t kIndent = 27;
  std::string text;
  for (const MachineCheck& check : checks) {
    text += hanging_paragraph(fmt::format("{:<8} {}", word_of(check.status), check.name), check.found, kIndent, width);
    if (!check.fix.empty()) text += hanging_paragraph("", "fix: " + check.fix, kIndent, width);
  }
  const std::size_t to_mend = count_of(checks, CheckStatus::kMend), warnings = count_of(checks, CheckStatus::kWarning);
  text += to_mend == 0 ? "\np5 can work here" : fmt::format("\n{} to mend", counted(to_mend, "thing"));
  return text + (warnings == 0 ? "" : fmt::format(", with {}", counted(warnings, "warning")));
}

std::string MachineReport::to_json() const {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const MachineCheck& check : checks) {
    nlohmann::ordered_json row = {{"name", check.name}, {"status", word_of(check.status)}, {"found", check.found}};
    if (!check.fix.empty()) row["fix"] = check.fix;
    row.update(check.facts);
    list.push_back(std::move(row));
  }
  return pretty_json(nlohmann::ordered_json{{"well", is_well()}, {"checks", std::move(list)}});
}

}  // namespace p5
