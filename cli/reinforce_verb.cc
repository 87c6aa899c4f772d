#include <fmt/format.h>

#include "base/interrupt.h"
#include "base/terminal_text.h"
#include "cli/verbs.h"
#include "p5/pipeline.h"
#include "pipeline/run_config.h"
#include "pipeline/settings.h"

namespace p5::cli {
namespace {

class ReinforceVerb final : public Verb {
 public:
  ReinforceVerb() { config_.bind(table_); }
  std::string name() const override { return "reinforce"; }
  std::string summary() const override { return "improve a run's own rankings by rewards (GRPO)"; }
  std::string examples() const override {
    return "  p5 reinforce --from runs/shop --out runs/shop-rewarded --minutes 5\n"
           "  p5 reinforce --from runs/shop --out runs/bought --set 'reinforce.rewards=[\"purchase=1\", "
           "\"view=0.2\"]'\n"
           "  p5 reinforce --from runs/shop --adapter lora --out runs/shop-adapter\n";
  }
  std::vector<Argument> arguments() override {
    return {{.kind = Argument::Kind::kText,
             .name = "from",
             .help = "trained run whose model is the base",
             .required = true,
             .text = &from_},
            {.kind = Argument::Kind::kText,
             .name = "corpus",
             .help = "corpus folder; that of the run where none is given",
             .text = &corpus_},
            {.kind = Argument::Kind::kText, .name = "out", .help = "run folder", .required = true, .text = &out_},
            {.kind = Argument::Kind::kSwitch, .name = "force", .help = "replace a run in --out", .given = &force_},
            {.kind = Argument::Kind::kSwitch, .name = "json", .help = "one JSON object on stdout", .given = &json_}};
  }
  OptionTable* options() override { return &table_; }

  int run() override {
    const StageReport report = reinforce({.from = from_,
                                          .corpus = corpus_,
                                          .out = out_,
                                          .force = force_,
                                          .settings = settings_of(table_),
                                          .stop = interrupt_token()});
    fmt::print("{}\n", json_ ? report.json : terminal_lines(report.text));
    return 0;
  }

 private:
  RunConfig config_;
  OptionTable table_;
  std::string from_, corpus_, out_;
  bool force_ = false, json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_reinforce_verb() { return std::make_unique<ReinforceVerb>(); }

}  // namespace p5::cli
