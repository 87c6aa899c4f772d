#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/interrupt.h"
#include "base/json_field.h"
#include "base/terminal_text.h"
#include "cli/verbs.h"
#include "pipeline/child_process.h"
#include "pipeline/measure_stage.h"
#include "pipeline/settings.h"
#include "pipeline/tune_stage.h"

namespace p5::cli {
namespace {

class TuneVerb final : public Verb {
 public:
  TuneVerb() {
    config_.bind(table_);
    options_.bind(table_);
  }
  std::string name() const override { return "tune"; }
  std::string summary() const override { return "search settings for the best validation NDCG@10"; }
  std::string examples() const override {
    return "  p5 tune --corpus beauty --source item-knn --space knn.toml --trials 60 --out tuned/knn\n"
           "  p5 tune --corpus beauty --space space.toml --trials 20 --minutes 5 "
           "--out tuned/p5\n"
           "  p5 tune --corpus beauty --space space.toml --method halving --trials 27 --budget train.max_steps "
           "--budget-min 200 --budget-max 1800 --out tuned/halved\n";
  }
  std::vector<Argument> arguments() override {
    return {
        {.kind = Argument::Kind::kText, .name = "corpus", .help = "corpus folder", .required = true, .text = &corpus_},
        {.kind = Argument::Kind::kText,
         .name = "space",
         .help = "TOML file of the settings and their ranges (docs/tuning.md)",
         .required = true,
         .text = &space_},
        {.kind = Argument::Kind::kText,
         .name = "out",
         .help = "folder of the result (default tuned); an interrupted search is continued",
         .text = &out_},
        {.kind = Argument::Kind::kSwitch, .name = "json", .help = "one JSON object on stdout", .given = &json_}};
  }
  OptionTable* options() override { return &table_; }

  int run() override {
    Settings settings = settings_of(table_);
    std::erase_if(settings, [](const Setting& setting) { return setting.key.starts_with("tune."); });
    const TuneResult result = tune({.corpus = corpus_,
                                    .space = space_,
                                    .out = out_,
                                    .program = this_program(),
                                    .settings = std::move(settings),
                                    .options = options_,
                                    .stop = interrupt_token()});
    fmt::print("{}", json_ ? pretty_json(result.to_json()) + "\n" : terminal_lines(result.to_text()));
    return 0;
  }

 private:
  EntryConfig config_;
  TuneOptions options_;
  OptionTable table_;
  std::string corpus_, space_, out_ = "tuned";
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_tune_verb() { return std::make_unique<TuneVerb>(); }

}  // namespace p5::cli
