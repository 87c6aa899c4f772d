#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/terminal_text.h"
#include "base/text_layout.h"
#include "cli/verbs.h"
#include "doctor/machine_checks.h"

namespace p5::cli {
namespace {

class DoctorVerb final : public Verb {
 public:
  std::string name() const override { return "doctor"; }
  std::string summary() const override { return "what this machine has for p5, and what to mend"; }
  std::string examples() const override { return "  p5 doctor\n  p5 doctor --json\n"; }
  std::vector<Argument> arguments() override {
    return {{.kind = Argument::Kind::kText,
             .name = "folder",
             .help = "look at the disk of this folder (default: the working folder)",
             .text = &folder_,
             .value = "FOLDER"},
            {.kind = Argument::Kind::kText,
             .name = "python",
             .help = "Python that is asked for the package p5 (default python3)",
             .text = &python_,
             .value = "FILE"},
            {.kind = Argument::Kind::kSwitch, .name = "json", .help = "one JSON object on stdout", .given = &json_}};
  }

  int run() override {
    const MachineReport report = check_machine({.folder = folder_, .python = python_});
    const std::size_t width = std::min<std::size_t>(terminal_width(STDOUT_FILENO), 120);
    fmt::print("{}\n", json_ ? report.to_json() : terminal_lines(report.to_text(width)));
    return report.is_well() ? 0 : 1;
  }

 private:
  std::string folder_ = ".", python_ = "python3";
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_doctor_verb() { return std::make_unique<DoctorVerb>(); }

}  // namespace p5::cli
