#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/interrupt.h"
#include "base/json_field.h"
#include "base/progress.h"
#include "base/terminal_text.h"
#include "cli/verbs.h"
#include "p5/error.h"
#include "pipeline/measure_stage.h"
#include "pipeline/run_config.h"
#include "pipeline/settings.h"

namespace p5::cli {
namespace {

std::string table_of(const MeasuredEntry& entry) {
  std::string text;
  for (const MeasuredRow& row : entry.rows) {
    text += fmt::format("{}: {} users, fit in {}, measured in {}\n", row.source, row.users,
                        format_duration(entry.fit_seconds), format_duration(row.seconds));
    for (const auto& [name, ranking] :
         {std::pair{"valid, seen items allowed", &row.valid_keep},
          std::pair{"valid, seen items removed", &row.valid_drop}, std::pair{"test, seen items allowed", &row.keep},
          std::pair{"test, seen items removed", &row.drop}}) {
      if (ranking->scores.empty()) continue;
      text += fmt::format("  {:<20}", name);
      for (const auto& [score, value] : ranking->scores) text += fmt::format("  {} {:.4f}", score, value);
      text += "\n";
    }
  }
  return text;
}

// The settings of the training: all that is set, except what belongs to the leaderboard.
Settings run_settings(const OptionTable& table) {
  Settings settings = settings_of(table);
  std::erase_if(settings, [](const Setting& setting) { return setting.key.starts_with("leaderboard."); });
  return settings;
}

class MeasureVerb final : public Verb {
 public:
  MeasureVerb() { config_.bind(table_); }
  std::string name() const override { return "measure"; }
  std::string summary() const override { return "train or fit one configuration or source, and measure how it ranks"; }
  std::string examples() const override {
    return "  p5 measure --corpus beauty --source item-knn --set knn.recency=0.5\n"
           "  p5 measure --corpus beauty --run runs/beauty --out beauty.json\n";
  }
  std::vector<Argument> arguments() override {
    return {
        {.kind = Argument::Kind::kText, .name = "corpus", .help = "corpus folder", .required = true, .text = &corpus_},
        {.kind = Argument::Kind::kText,
         .name = "run",
         .help = "folder of the run that is trained; not needed with --source",
         .text = &run_},
        {.kind = Argument::Kind::kText,
         .name = "out",
         .help = "file for the result, as JSON",
         .text = &out_,
         .value = "FILE"},
        {.kind = Argument::Kind::kText,
         .name = "keep",
         .help = "folder that keeps the fitted source, for encoder.from; only with --source",
         .text = &keep_,
         .value = "FOLDER"},
        {.kind = Argument::Kind::kText,
         .name = "fingerprint",
         .help = "text that the result repeats, to tell it from others",
         .text = &fingerprint_},
        {.kind = Argument::Kind::kSwitch,
         .name = "validation-only",
         .help = "leave the test part alone",
         .given = &validation_only_},
        {.kind = Argument::Kind::kSwitch, .name = "json", .help = "one JSON object on stdout", .given = &json_}};
  }
  OptionTable* options() override { return &table_; }

  int run() override {
    if (config_.source.empty() && run_.empty()) {
      throw usage_error("nothing to measure", {.where = "request.run and --source", .expected = "one of them"});
    }
    if (config_.source.empty() && !keep_.empty()) {
      throw usage_error("a run keeps its sources itself", {.where = "--keep", .expected = "it with --source"});
    }
    config_.run.world = TrainingWorld::from_environment();
    const auto measured = measure_entry(config_, {.corpus = corpus_,
                                                  .run = run_,
                                                  .keep = keep_,
                                                  .validation_only = validation_only_,
                                                  .settings = run_settings(table_),
                                                  .fingerprint = fingerprint_,
                                                  .stop = interrupt_token()});
    if (!measured) {
      fmt::print("{}\n", config_.run.world.remark("trained"));
      return 0;
    }
    const MeasuredEntry& entry = *measured;
    if (!out_.empty()) entry.save(out_);
    if (json_) {
      fmt::print("{}\n", entry.to_json().dump());
    } else {
      fmt::print("{}", terminal_lines(table_of(entry)));
    }
    return 0;
  }

 private:
  EntryConfig config_;
  OptionTable table_;
  std::string corpus_, run_, out_, keep_, fingerprint_;
  bool validation_only_ = false, json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_measure_verb() { return std::make_unique<MeasureVerb>(); }

}  // namespace p5::cli
