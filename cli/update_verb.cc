#include <fmt/format.h>

#include <cstdio>

#include "base/interrupt.h"
#include "base/terminal_text.h"
#include "cli/verbs.h"
#include "p5/error.h"
#include "pipeline/run_config.h"
#include "pipeline/settings.h"
#include "pipeline/update_stage.h"

namespace p5::cli {
namespace {

class UpdateVerb final : public Verb {
 public:
  UpdateVerb() {
    options_.bind(table_);
    config_.bind(table_);
  }
  std::string name() const override { return "update"; }
  std::string summary() const override {
    return "keep a served run fresh: train on feedback, take over by rule, go back";
  }
  std::string examples() const override {
    return "  p5 update live --run runs/shop --from sqlite:feedback.db --minutes 2\n"
           "  p5 serve live/current --feedback sqlite:feedback.db\n"
           "  p5 update live --from sqlite:feedback.db --follow --set update.min_events=1000\n"
           "  p5 update live --from kafka://broker:9092/feedback --follow\n"
           "  p5 update live --show\n"
           "  p5 update live --rollback\n";
  }
  std::vector<Argument> arguments() override {
    return {{.kind = Argument::Kind::kPositional,
             .name = "folder",
             .help = "folder of the generations, made by the first call; FOLDER/current is the run that answers",
             .required = true,
             .text = &folder_},
            {.kind = Argument::Kind::kText,
             .name = "from",
             .help = "feedback: sqlite:FILE, postgresql://..., kafka://HOST:PORT/TOPIC, or JSON lines of feedback "
                     "export; - for stdin",
             .text = &request_.from,
             .value = "URL"},
            {.kind = Argument::Kind::kText,
             .name = "run",
             .help = "with a new folder: the trained run to begin with, which stays as it is",
             .text = &request_.run},
            {.kind = Argument::Kind::kSwitch,
             .name = "follow",
             .help = "go on with what comes, until SIGINT or SIGTERM",
             .given = &follow_},
            {.kind = Argument::Kind::kSwitch,
             .name = "show",
             .help = "print the generations and change nothing",
             .given = &show_},
            {.kind = Argument::Kind::kSwitch,
             .name = "rollback",
             .help = "make the parent of the current generation current",
             .given = &rollback_},
            {.kind = Argument::Kind::kSwitch, .name = "json", .help = "one JSON object on stdout", .given = &json_}};
  }
  OptionTable* options() override { return &table_; }

  int run() override {
    check();
    request_.folder = folder_;
    request_.stop = interrupt_token();
    for (const Setting& setting : settings_of(table_)) {
      if (!setting.key.starts_with("update.")) request_.settings.push_back(setting);
    }
    if (show_) {
      print(show_updates(folder_));
    } else if (rollback_) {
      print(roll_back_update(folder_));
    } else if (follow_) {
      print(follow_updates(request_, options_, [this](const StageReport& report) { print(report); }));
    } else {
      print(update_run(request_, options_));
    }
    return 0;
  }

 private:
  void check() const {
    const int ways = (show_ ? 1 : 0) + (rollback_ ? 1 : 0) + (request_.from.empty() ? 0 : 1);
    if (ways == 1 && (!follow_ || !request_.from.empty()) && (request_.run.empty() || !request_.from.empty())) return;
    throw usage_error("what is to be done?",
                      {.where = "p5 update",
                       .expected = "one of --from URL (with --run, --follow), --show, --rollback",
                       .got = ways == 0 ? "none of them" : "several"});
  }

  void print(const StageReport& report) const {
    fmt::print("{}\n", json_ ? report.json : terminal_lines(report.text));
    std::fflush(stdout);  // followers of --follow read along
  }

  UpdateRequest request_;
  UpdateOptions options_;
  RunConfig config_;
  OptionTable table_;
  std::string folder_;
  bool follow_ = false, show_ = false, rollback_ = false, json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_update_verb() { return std::make_unique<UpdateVerb>(); }

}  // namespace p5::cli
