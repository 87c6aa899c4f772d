#include <fmt/format.h>

#include "base/interrupt.h"
#include "base/terminal_text.h"
#include "cli/exploration_argument.h"
#include "cli/verbs.h"
#include "pipeline/play_stage.h"
#include "pipeline/settings.h"
#include "retrieval/rerank_options.h"

namespace p5::cli {
namespace {

class PlayVerb final : public Verb {
 public:
  PlayVerb() {
    world_.bind(table_);
    options_.bind(table_);
    rerank_.bind(table_);
  }
  std::string name() const override { return "play"; }
  std::string summary() const override {
    return "policies against a simulated shop whose users answer: clicks and regret by day";
  }
  std::string examples() const override {
    return "  p5 play --days 60 --out played\n"
           "  p5 play --set 'play.policies=[\"popularity\",\"linucb\",\"oracle\"]' --set world.drift=3\n"
           "  p5 simulate --users 2000 --items 1000 --out world && p5 train --corpus world --out run\n"
           "  p5 play --run run --users 2000 --items 1000 --set play.seeds=1\n"
           "  p5 play --run run --set play.seeds=1 --update fresh --update-set finetune.method=lora\n"
           "  p5 play --run run --set play.seeds=1 --log logged --explore shuffle --set rerank.fixed=0 --against "
           "next\n";
  }
  std::vector<Argument> arguments() override {
    return {{.kind = Argument::Kind::kText,
             .name = "run",
             .help = "a run that was trained on what p5 simulate makes with this seed and these items: joins the "
                     "policies, and stays as it is",
             .text = &request_.run},
            {.kind = Argument::Kind::kText,
             .name = "update",
             .help = "new folder in which the run is kept fresh by what is clicked, as p5 update does; it joins as "
                     "\"updated\"",
             .text = &update_},
            {.kind = Argument::Kind::kRepeated,
             .name = "update-set",
             .help = "with --update: an option of p5 update, may be repeated: train.minutes=0.2",
             .texts = &request_.update_settings,
             .value = "KEY=VALUE"},
            {.kind = Argument::Kind::kText,
             .name = "log",
             .help = "new folder for answers.jsonl and feedback.jsonl of the run, for p5 ope; it joins as \"logged\"",
             .text = &log_},
            exploration_argument(explore_),
            {.kind = Argument::Kind::kRepeated,
             .name = "against",
             .help = "with --log: another run, or RUN@SOURCE, may be repeated: what its lists would have earned in the "
                     "place of those of the log",
             .texts = &request_.against,
             .value = "RUN"},
            {.kind = Argument::Kind::kText,
             .name = "out",
             .help = "folder for play.json, reward.svg and regret.svg",
             .text = &out_},
            {.kind = Argument::Kind::kInteger,
             .name = "threads",
             .help = "CPU threads of the run, 0 = all",
             .integer = &request_.recommender.threads},
            {.kind = Argument::Kind::kSwitch, .name = "json", .help = "one JSON object on stdout", .given = &json_}};
  }
  OptionTable* options() override { return &table_; }

  int run() override {
    request_.out = out_;
    request_.update = update_;
    request_.log = log_;
    apply_exploration(explore_, request_.each);
    for (const Setting& setting : settings_of(table_)) {
      if (setting.key.starts_with("rerank.")) request_.each.settings.push_back(setting.key + "=" + setting.value);
    }
    request_.stop = interrupt_token();
    const StageReport report = play(request_, world_, options_);
    fmt::print("{}\n", json_ ? report.json : terminal_lines(report.text));
    return 0;
  }

 private:
  PlayRequest request_;
  WorldOptions world_;
  PlayOptions options_;
  RerankOptions rerank_;
  OptionTable table_;
  std::string update_, log_, explore_;
  std::string out_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_play_verb() { return std::make_unique<PlayVerb>(); }

}  // namespace p5::cli
