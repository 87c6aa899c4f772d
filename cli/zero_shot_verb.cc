#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/interrupt.h"
#include "base/json_field.h"
#include "base/terminal_text.h"
#include "cli/run_arguments.h"
#include "cli/verbs.h"
#include "pipeline/evaluate_stage.h"
#include "pipeline/zero_shot_stage.h"

namespace p5::cli {
namespace {

class ZeroShotVerb final : public Verb {
 public:
  ZeroShotVerb() { asked_.bind(table_); }
  std::string name() const override { return "zero-shot"; }
  std::string summary() const override {
    return "evaluate a run on items of another corpus, with prompts not used in training";
  }
  std::string examples() const override {
    return "  p5 zero-shot runs/toys --corpus beauty\n"
           "  p5 zero-shot runs/toys --corpus beauty --set evaluate.reviews=500 --json\n";
  }
  std::vector<Argument> arguments() override {
    return {{.kind = Argument::Kind::kPositional, .name = "run", .help = "run folder", .required = true, .text = &run_},
            {.kind = Argument::Kind::kText,
             .name = "corpus",
             .help = "the other corpus",
             .required = true,
             .text = &corpus_},
            {.kind = Argument::Kind::kSwitch, .name = "json", .help = "one JSON object on stdout", .given = &json_}};
  }
  OptionTable* options() override { return &table_; }
  bool offers(const OptionRow& row) const override { return may_change_after_training(row); }

  int run() override {
    const RunDirectory run = RunDirectory::open(run_);
    RunConfig config = load_run_config(run, table_);
    config.evaluate.stop = interrupt_token();
    const ZeroShotReport report = ask_zero_shot(run, config, corpus_);
    fmt::print("{}", json_ ? pretty_json(report.to_json()) + "\n" : terminal_lines(report.to_table()));
    return 0;
  }

 private:
  std::string run_, corpus_;
  bool json_ = false;
  RunConfig asked_;
  OptionTable table_;
};

}  // namespace

std::unique_ptr<Verb> make_zero_shot_verb() { return std::make_unique<ZeroShotVerb>(); }

}  // namespace p5::cli
