#include <fmt/format.h>

#include "base/interrupt.h"
#include "base/terminal_text.h"
#include "cli/exploration_argument.h"
#include "cli/verbs.h"
#include "decode/decode_options.h"
#include "pipeline/ope_stage.h"
#include "pipeline/settings.h"
#include "policy/log_reader.h"
#include "retrieval/rerank_options.h"

namespace p5::cli {
namespace {

class OpeVerb final : public Verb {
 public:
  OpeVerb() {
    options_.bind(table_);
    rerank_.bind(table_);
    decode_.bind(table_);
  }
  std::string name() const override { return "ope"; }
  std::string summary() const override {
    return "what a run would have earned where another one answered, by a log with propensities";
  }
  std::string examples() const override {
    return "  p5 ope runs/new --log answers.jsonl --feedback sqlite:feedback.db\n"
           "  p5 ope runs/new --log answers.jsonl --feedback events.jsonl --explore epsilon --set rerank.strength=0.1\n"
           "  p5 ope --policy uniform --log cb.dsjson\n"
           "  p5 ope --policy log --log obd/bts/all/all.csv --json\n";
  }
  std::vector<Argument> arguments() override {
    return {{.kind = Argument::Kind::kPositional,
             .name = "run",
             .help = "the run in question; without it: --policy",
             .text = &request_.run},
            {.kind = Argument::Kind::kText,
             .name = "log",
             .help = "answers of p5 serve (serve.answer_log), dsjson of Vowpal Wabbit, or the csv of Open Bandit",
             .required = true,
             .text = &request_.log,
             .value = "FILE"},
            {.kind = Argument::Kind::kText,
             .name = "format",
             .help = "of the log (default auto: by its first line)",
             .text = &request_.format,
             .choices = log_formats()},
            {.kind = Argument::Kind::kText,
             .name = "feedback",
             .help = "with answers: what users did; sqlite:FILE, postgresql://..., or JSON lines of feedback export",
             .text = &request_.feedback},
            {.kind = Argument::Kind::kText,
             .name = "policy",
             .help = "without a run: all items alike, or the policy that answered",
             .text = &request_.policy,
             .choices = {"uniform", "log"}},
            {.kind = Argument::Kind::kText,
             .name = "source",
             .help = "source of the run's items, as in recommend",
             .text = &request_.each.source},
            {.kind = Argument::Kind::kText,
             .name = "rerank",
             .help = "order of the run's lists, as in recommend",
             .text = &request_.each.rerank},
            exploration_argument(explore_),
            bandits_argument(request_.recommender.bandits),
            {.kind = Argument::Kind::kText,
             .name = "corpus",
             .help = "corpus to use instead of the run's",
             .text = &request_.recommender.corpus},
            {.kind = Argument::Kind::kText,
             .name = "device",
             .help = "auto, cpu, cuda",
             .text = &request_.recommender.device},
            {.kind = Argument::Kind::kInteger,
             .name = "threads",
             .help = "CPU threads, 0 = all",
             .integer = &request_.recommender.threads},
            {.kind = Argument::Kind::kSwitch, .name = "json", .help = "one JSON object on stdout", .given = &json_}};
  }
  OptionTable* options() override { return &table_; }

  int run() override {
    request_.stop = interrupt_token();
    apply_exploration(explore_, request_.each);
    for (const Setting& setting : settings_of(table_)) {
      if (!setting.key.starts_with("ope.")) request_.each.settings.push_back(setting.key + "=" + setting.value);
    }
    const StageReport report = evaluate_off_policy(request_, options_);
    fmt::print("{}\n", json_ ? report.json : terminal_lines(report.text));
    return 0;
  }

 private:
  OpeRequest request_;
  OpeOptions options_;
  RerankOptions rerank_;
  DecodeOptions decode_;
  OptionTable table_;
  std::string explore_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_ope_verb() { return std::make_unique<OpeVerb>(); }

}  // namespace p5::cli
