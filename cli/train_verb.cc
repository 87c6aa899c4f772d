#include <fmt/format.h>

#include "base/interrupt.h"
#include "base/terminal_text.h"
#include "cli/verbs.h"
#include "p5/pipeline.h"
#include "pipeline/run_config.h"
#include "pipeline/settings.h"

namespace p5::cli {
namespace {

class TrainVerb final : public Verb {
 public:
  TrainVerb() { config_.bind(table_); }
  std::string name() const override { return "train"; }
  std::string summary() const override { return "train a model on all task families of a corpus"; }
  std::string examples() const override {
    return "  p5 train --corpus beauty --out runs/beauty\n"
           "  p5 train --corpus world --preset nano --epochs 2 --set task.direct_samples=0 --out runs/try\n"
           "  p5 train --out runs/beauty --resume\n"
           "  p5 train --from runs/monday --corpus beauty --out runs/tuesday --minutes 5\n";
  }
  std::vector<Argument> arguments() override {
    return {{.kind = Argument::Kind::kText, .name = "corpus", .help = "corpus folder", .text = &corpus_},
            {.kind = Argument::Kind::kText, .name = "out", .help = "run folder", .required = true, .text = &out_},
            {.kind = Argument::Kind::kSwitch,
             .name = "resume",
             .help = "continue from the run's checkpoint; with more --minutes also after its end",
             .given = &resume_},
            {.kind = Argument::Kind::kText,
             .name = "from",
             .help = "trained run whose weights and settings a new run goes on from, with newer data "
                     "(docs/retraining.md)",
             .text = &from_},
            {.kind = Argument::Kind::kSwitch, .name = "force", .help = "replace a run in --out", .given = &force_},
            {.kind = Argument::Kind::kSwitch, .name = "json", .help = "one JSON object on stdout", .given = &json_}};
  }
  OptionTable* options() override { return &table_; }

  int run() override {
    const StageReport report = train({.corpus = corpus_,
                                      .out = out_,
                                      .resume = resume_,
                                      .from = from_,
                                      .force = force_,
                                      .settings = settings_of(table_),
                                      .stop = interrupt_token()});
    fmt::print("{}\n", json_ ? report.json : terminal_lines(report.text));
    return 0;
  }

 private:
  RunConfig config_;
  OptionTable table_;
  std::string corpus_, out_, from_;
  bool resume_ = false, force_ = false, json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_train_verb() { return std::make_unique<TrainVerb>(); }

}  // namespace p5::cli
