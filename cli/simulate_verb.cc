#include <fmt/format.h>

#include "base/interrupt.h"
#include "base/terminal_text.h"
#include "base/text_layout.h"
#include "cli/answer_table.h"
#include "cli/verbs.h"
#include "p5/pipeline.h"
#include "pipeline/import_report.h"
#include "pipeline/settings.h"
#include "simulate/log_simulator.h"

namespace p5::cli {
namespace {

class SimulateVerb final : public Verb {
 public:
  SimulateVerb() { options_.bind(table_); }
  std::string name() const override { return "simulate"; }
  std::string summary() const override { return "make a corpus of simulated users and items, for trials"; }
  std::string examples() const override {
    return "  p5 simulate --out world\n  p5 simulate --users 100000 --items 20000 --events 2000000 --seed 7 --out "
           "big\n";
  }
  std::vector<Argument> arguments() override {
    return {{.kind = Argument::Kind::kText,
             .name = "out",
             .help = "corpus folder to write",
             .required = true,
             .text = &out_},
            {.kind = Argument::Kind::kSwitch,
             .name = "force",
             .help = "replace an existing corpus; anything else there is refused",
             .given = &force_},
            {.kind = Argument::Kind::kSwitch, .name = "json", .help = "one JSON object on stdout", .given = &json_}};
  }
  OptionTable* options() override { return &table_; }

  int run() override {
    const StageReport report =
        simulate_corpus({.out = out_, .force = force_, .settings = settings_of(table_), .stop = interrupt_token()});
    fmt::print("{}\n", json_ ? report.json : fitted_lines(terminal_lines(report.text), kReportIndent, output_width()));
    return 0;
  }

 private:
  SimulateOptions options_;
  OptionTable table_;
  std::string out_;
  bool force_ = false, json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_simulate_verb() { return std::make_unique<SimulateVerb>(); }

}  // namespace p5::cli
