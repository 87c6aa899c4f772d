#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/interrupt.h"
#include "base/json_field.h"
#include "base/terminal_text.h"
#include "cli/verbs.h"
#include "pipeline/child_process.h"
#include "pipeline/leaderboard_stage.h"
#include "pipeline/run_config.h"
#include "pipeline/settings.h"

namespace p5::cli {
namespace {

class LeaderboardVerb final : public Verb {
 public:
  LeaderboardVerb() {
    config_.bind(table_);
    options_.bind(table_);
  }
  std::string name() const override { return "leaderboard"; }
  std::string summary() const override {
    return "train and measure a list of configurations and sources, and compare them";
  }
  std::string examples() const override {
    return "  p5 leaderboard --corpus beauty --out boards/beauty\n"
           "  p5 leaderboard --corpus beauty --configs my_configs --seeds 3 --out boards/mine\n"
           "  p5 leaderboard --corpus world --minutes 2 --seeds 1 --out boards/quick\n";
  }
  std::vector<Argument> arguments() override {
    return {
        {.kind = Argument::Kind::kText, .name = "corpus", .help = "corpus folder", .required = true, .text = &corpus_},
        {.kind = Argument::Kind::kText,
         .name = "configs",
         .help = "folder of TOML files, one entry each; without it every source, and p5 as it is by default",
         .text = &configs_},
        {.kind = Argument::Kind::kText,
         .name = "out",
         .help = "folder of the result (default leaderboard); what it holds already is kept",
         .text = &out_},
        {.kind = Argument::Kind::kSwitch, .name = "json", .help = "one JSON object on stdout", .given = &json_}};
  }
  OptionTable* options() override { return &table_; }

  int run() override {
    Settings settings = settings_of(table_);
    std::erase_if(settings, [](const Setting& setting) { return setting.key.starts_with("leaderboard."); });
    const Leaderboard board = run_leaderboard({.corpus = corpus_,
                                               .configs = configs_,
                                               .out = out_,
                                               .program = this_program(),
                                               .settings = std::move(settings),
                                               .options = options_,
                                               .stop = interrupt_token()});
    fmt::print("{}", json_ ? pretty_json(board.to_json()) + "\n" : terminal_lines(board.to_text()));
    return board.lines.empty() ? 1 : 0;
  }

 private:
  RunConfig config_;
  LeaderboardOptions options_;
  OptionTable table_;
  std::string corpus_, configs_, out_ = "leaderboard";
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_leaderboard_verb() { return std::make_unique<LeaderboardVerb>(); }

}  // namespace p5::cli
