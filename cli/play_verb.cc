#include <fmt/format.h>

#include "base/interrupt.h"
#include "base/terminal_text.h"
#include "cli/verbs.h"
#include "pipeline/play_stage.h"

namespace p5::cli {
namespace {

class PlayVerb final : public Verb {
 public:
  PlayVerb() {
    world_.bind(table_);
    options_.bind(table_);
  }
  std::string name() const override { return "play"; }
  std::string summary() const override {
    return "policies against a simulated shop whose users answer: clicks and regret by day";
  }
  std::string examples() const override {
    return "  p5 play --days 60 --out played\n"
           "  p5 play --set 'play.policies=[\"popularity\",\"linucb\",\"oracle\"]' --set world.drift=3\n"
           "  p5 simulate --users 2000 --items 1000 --out world && p5 train --corpus world --out run\n"
           "  p5 play --run run --users 2000 --items 1000 --set play.seeds=1\n";
  }
  std::vector<Argument> arguments() override {
    return {{.kind = Argument::Kind::kText,
             .name = "run",
             .help = "a run that was trained on what p5 simulate makes with this seed and these items: joins the "
                     "policies, and stays as it is",
             .text = &request_.run},
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
    request_.stop = interrupt_token();
    const StageReport report = play(request_, world_, options_);
    fmt::print("{}\n", json_ ? report.json : terminal_lines(report.text));
    return 0;
  }

 private:
  PlayRequest request_;
  WorldOptions world_;
  PlayOptions options_;
  OptionTable table_;
  std::string out_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_play_verb() { return std::make_unique<PlayVerb>(); }

}  // namespace p5::cli
