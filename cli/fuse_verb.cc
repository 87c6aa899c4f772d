#include <fmt/format.h>

#include "base/interrupt.h"
#include "base/terminal_text.h"
#include "cli/run_arguments.h"
#include "cli/verbs.h"
#include "p5/pipeline.h"
#include "pipeline/run_config.h"
#include "pipeline/settings.h"

namespace p5::cli {
namespace {

class FuseVerb final : public Verb {
 public:
  FuseVerb() { asked_.bind(table_); }
  std::string name() const override { return "fuse"; }
  std::string summary() const override { return "fit the sources of a run and the hybrid that answers for it"; }
  std::string examples() const override {
    return "  p5 fuse runs/beauty\n"
           "  p5 fuse runs/beauty --set hybrid.method=rrf\n"
           "  p5 fuse runs/beauty --set 'hybrid.sources=[\"item-knn\", \"p5\"]' --json\n";
  }
  std::vector<Argument> arguments() override {
    return {{.kind = Argument::Kind::kPositional, .name = "run", .help = "run folder", .required = true, .text = &run_},
            {.kind = Argument::Kind::kText,
             .name = "corpus",
             .help = "where the run's corpus is now, if it was moved",
             .text = &corpus_},
            {.kind = Argument::Kind::kSwitch, .name = "json", .help = "one JSON object on stdout", .given = &json_}};
  }
  OptionTable* options() override { return &table_; }
  bool offers(const OptionRow& row) const override { return may_change_after_training(row); }

  int run() override {
    const StageReport report =
        fuse({.run = run_, .corpus = corpus_, .settings = settings_of(table_), .stop = interrupt_token()});
    fmt::print("{}\n", json_ ? report.json : terminal_lines(report.text));
    return 0;
  }

 private:
  RunConfig asked_;
  OptionTable table_;
  std::string run_, corpus_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_fuse_verb() { return std::make_unique<FuseVerb>(); }

}  // namespace p5::cli
