#include <fmt/format.h>

#include "base/interrupt.h"
#include "base/terminal_text.h"
#include "cli/verbs.h"
#include "p5/pipeline.h"
#include "pipeline/run_config.h"
#include "pipeline/settings.h"

namespace p5::cli {
namespace {

class PretrainVerb final : public Verb {
 public:
  PretrainVerb() { config_.bind(table_); }
  std::string name() const override { return "pretrain"; }
  std::string summary() const override {
    return "train a base on logs and texts without labels, of one corpus or several";
  }
  std::string examples() const override {
    return "  p5 pretrain --corpus beauty --out runs/base\n"
           "  p5 pretrain --corpus beauty --corpus toys --objective next-item --objective text-span=0.5 --out "
           "runs/base\n"
           "  p5 finetune --from runs/base --corpus music --out runs/music\n";
  }
  std::vector<Argument> arguments() override {
    return {
        {.kind = Argument::Kind::kRepeated,
         .name = "corpus",
         .help = "corpus folder, may be repeated: several are joined into one, OUT-corpus",
         .required = true,
         .texts = &corpora_},
        {.kind = Argument::Kind::kText, .name = "out", .help = "run folder", .required = true, .text = &out_},
        {.kind = Argument::Kind::kRepeated,
         .name = "objective",
         .help = "NAME or NAME=WEIGHT, may be repeated: next-item, history-span, next-session, text-span, attribute, "
                 "rating; next items and spans where none is given",
         .texts = &objectives_},
        {.kind = Argument::Kind::kSwitch, .name = "force", .help = "replace a run in --out", .given = &force_},
        {.kind = Argument::Kind::kSwitch, .name = "json", .help = "one JSON object on stdout", .given = &json_}};
  }
  OptionTable* options() override { return &table_; }

  int run() override {
    const StageReport report = pretrain({.corpora = corpora_,
                                         .out = out_,
                                         .objectives = objectives_,
                                         .force = force_,
                                         .settings = settings_of(table_),
                                         .stop = interrupt_token()});
    fmt::print("{}\n", json_ ? report.json : terminal_lines(report.text));
    return 0;
  }

 private:
  RunConfig config_;
  OptionTable table_;
  std::string out_;
  std::vector<std::string> corpora_, objectives_;
  bool force_ = false, json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_pretrain_verb() { return std::make_unique<PretrainVerb>(); }

}  // namespace p5::cli
