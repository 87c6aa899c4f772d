#include <fmt/format.h>

#include <cstdio>

#include "base/interrupt.h"
#include "base/logger.h"
#include "base/terminal_text.h"
#include "cli/run_arguments.h"
#include "cli/verbs.h"
#include "p5/error.h"
#include "p5/pipeline.h"
#include "pipeline/run_config.h"
#include "pipeline/settings.h"

namespace p5::cli {
namespace {

class EvaluateVerb final : public Verb {
 public:
  EvaluateVerb() { asked_.bind(table_); }
  std::string name() const override { return "evaluate"; }
  std::string summary() const override { return "the report of a run, compared with baselines"; }
  std::string examples() const override {
    return "  p5 evaluate runs/beauty\n  p5 evaluate runs/beauty --split valid --json\n"
           "  p5 evaluate runs/beauty --beyond\n  p5 evaluate runs/movielens --sliding 5\n";
  }
  std::vector<Argument> arguments() override {
    return {
        {.kind = Argument::Kind::kPositional, .name = "run", .help = "run folder", .required = true, .text = &run_},
        {.kind = Argument::Kind::kText,
         .name = "corpus",
         .help = "where the run's corpus is now, if it was moved",
         .text = &corpus_},
        {.kind = Argument::Kind::kSwitch,
         .name = "changed-corpus",
         .help = "allow events other than those that the run was trained on; the report says so",
         .given = &changed_},
        {.kind = Argument::Kind::kSwitch,
         .name = "beyond",
         .help = "also print tables of coverage, diversity, novelty, groups of users and items, cold start",
         .given = &beyond_},
        {.kind = Argument::Kind::kSwitch,
         .name = "full",
         .help = "print all tables, also of tasks that were not trained or not learnt",
         .given = &full_},
        {.kind = Argument::Kind::kText,
         .name = "out",
         .help = "file for the report (default: in the run folder, one file per split and settings)",
         .text = &out_},
        {.kind = Argument::Kind::kInteger,
         .name = "sliding",
         .help = "instead of the report: the sources of evaluate.rows, fit anew before each of this many consecutive "
                 "windows of time",
         .integer = &sliding_},
        {.kind = Argument::Kind::kSwitch,
         .name = "json",
         .help = "the report as one JSON object on stdout",
         .given = &json_}};
  }
  OptionTable* options() override { return &table_; }
  bool offers(const OptionRow& row) const override { return may_change_after_training(row); }

  int run() override {
    const StageReport report = evaluate({.run = run_,
                                         .corpus = corpus_,
                                         .changed_corpus = changed_,
                                         .beyond = beyond_,
                                         .full = full_,
                                         .out = out_,
                                         .sliding = sliding_,
                                         .settings = settings_of(table_),
                                         .stop = interrupt_token()});
    fmt::print("{}\n", json_ ? report.json : terminal_lines(report.text));
    std::fflush(stdout);
    if (report.problem.empty()) return 0;
    if (!out_.empty()) throw system_error(report.problem);
    log_warning(report.problem + "; --out FILE writes it elsewhere");
    return 0;
  }

 private:
  RunConfig asked_;
  OptionTable table_;
  std::string run_, corpus_, out_;
  std::int64_t sliding_ = 0;
  bool changed_ = false, beyond_ = false, full_ = false, json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_evaluate_verb() { return std::make_unique<EvaluateVerb>(); }

}  // namespace p5::cli
