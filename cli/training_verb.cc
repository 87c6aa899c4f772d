#include "cli/training_verb.h"

#include <fmt/format.h>

#include "base/terminal_text.h"

namespace p5::cli {

std::vector<Argument> TrainingVerb::arguments() {
  std::vector<Argument> all = own_arguments();
  all.push_back({.kind = Argument::Kind::kText, .name = "out", .help = "run folder", .required = true, .text = &out_});
  all.push_back({.kind = Argument::Kind::kSwitch, .name = "force", .help = "replace a run in --out", .given = &force_});
  all.push_back(
      {.kind = Argument::Kind::kSwitch, .name = "json", .help = "one JSON object on stdout", .given = &json_});
  return all;
}

int TrainingVerb::run() {
  const StageReport report = train_now();
  fmt::print("{}\n", json_ ? report.json : terminal_lines(report.text));
  return 0;
}

}  // namespace p5::cli
