#include <fmt/format.h>

#include "base/interrupt.h"
#include "base/terminal_text.h"
#include "cli/verbs.h"
#include "p5/pipeline.h"
#include "pipeline/run_config.h"
#include "pipeline/settings.h"

namespace p5::cli {
namespace {

class FinetuneVerb final : public Verb {
 public:
  FinetuneVerb() { config_.bind(table_); }
  std::string name() const override { return "finetune"; }
  std::string summary() const override { return "adapt a trained run to a task or a corpus, by few weights or all"; }
  std::string examples() const override {
    return "  p5 finetune --from runs/base --task rating --out runs/stars\n"
           "  p5 finetune --from runs/beauty --corpus music --rank 4 --out runs/music\n"
           "  p5 finetune --from runs/base --adapter full --lr 0.0005 --out runs/all\n"
           "  p5 finetune --from flan-t5-small --corpus music --adapter pfeiffer --out runs/words\n";
  }
  std::vector<Argument> arguments() override {
    return {{.kind = Argument::Kind::kText,
             .name = "from",
             .help = "trained run, or a T5 in Hugging Face's layout with spiece.model",
             .required = true,
             .text = &from_},
            {.kind = Argument::Kind::kText,
             .name = "corpus",
             .help = "corpus folder; that of the run where none is given",
             .text = &corpus_},
            {.kind = Argument::Kind::kText, .name = "out", .help = "run folder", .required = true, .text = &out_},
            {.kind = Argument::Kind::kRepeated,
             .name = "task",
             .help = "family to train on, may be repeated: rating, sequential, explanation, review, direct, or custom "
                     "for those of your own prompts; those of the run where none is given",
             .texts = &tasks_},
            {.kind = Argument::Kind::kSwitch, .name = "force", .help = "replace a run in --out", .given = &force_},
            {.kind = Argument::Kind::kSwitch, .name = "json", .help = "one JSON object on stdout", .given = &json_}};
  }
  OptionTable* options() override { return &table_; }

  int run() override {
    const StageReport report = finetune({.from = from_,
                                         .corpus = corpus_,
                                         .out = out_,
                                         .tasks = tasks_,
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
  std::vector<std::string> tasks_;
  bool force_ = false, json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_finetune_verb() { return std::make_unique<FinetuneVerb>(); }

}  // namespace p5::cli
