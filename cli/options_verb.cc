#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/did_you_mean.h"
#include "base/json_field.h"
#include "base/option_help.h"
#include "base/text_layout.h"
#include "bench/bench_options.h"
#include "cli/command_list.h"
#include "cli/verbs.h"
#include "p5/error.h"
#include "pipeline/compress_options.h"
#include "pipeline/import_stage.h"
#include "pipeline/leaderboard_stage.h"
#include "pipeline/measure_stage.h"
#include "pipeline/played_policy.h"
#include "pipeline/run_config.h"
#include "pipeline/tune_stage.h"
#include "pipeline/update_options.h"
#include "policy/ope_options.h"
#include "serve/serve_options.h"
#include "simulate/interactive_world.h"

namespace p5::cli {
namespace {

// Every option of the program, with its default.
class AllOptions {
 public:
  AllOptions() {
    run_.bind(runs);
    import_.bind(imports);
    world_.bind(worlds);
    entry_.bind_own(searches);
    leaderboard_.bind(searches);
    tuning_.bind(searches);
    compress_.bind(searches);
    model_bench_.bind(benches);
    rank_bench_.bind(benches);
    softmax_bench_.bind(benches);
    matmul_bench_.bind(benches);
    import_bench_.bind(benches);
    serve_.bind(services);
    update_.bind(services);
    ope_.bind(logs);
    shop_.bind(plays);
    play_.bind(plays);
  }
  AllOptions(const AllOptions&) = delete;
  AllOptions& operator=(const AllOptions&) = delete;

  OptionTable runs, imports, worlds, searches, benches, services, logs, plays;

  std::vector<const OptionTable*> tables() const {
    return {&runs, &searches, &imports, &worlds, &services, &logs, &plays, &benches};
  }

 private:
  RunConfig run_;
  ImportOptions import_;
  SimulateOptions world_;
  EntryConfig entry_;
  LeaderboardOptions leaderboard_;
  TuneOptions tuning_;
  CompressOptions compress_;
  ModelBenchOptions model_bench_;
  RankBenchOptions rank_bench_;
  SoftmaxBenchOptions softmax_bench_;
  MatmulBenchOptions matmul_bench_;
  ImportBenchOptions import_bench_;
  ServeOptions serve_;
  UpdateOptions update_;
  OpeOptions ope_;
  WorldOptions shop_;
  PlayOptions play_;
};

using Rows = std::vector<const OptionRow*>;

// The row of a key, those of a section ("train"), or those whose key contains the words.
Rows rows_of(const AllOptions& options, const std::string& asked) {
  Rows section, containing;
  for (const OptionTable* table : options.tables()) {
    for (const OptionRow& row : table->rows()) {
      const auto& former = row.info.former;
      if (row.key == asked || std::find(former.begin(), former.end(), asked) != former.end()) return {&row};
      if (row.key.starts_with(asked.ends_with('.') ? asked : asked + ".")) section.push_back(&row);
      if (row.key.find(asked) != std::string::npos) containing.push_back(&row);
    }
  }
  return section.empty() ? containing : section;
}

[[noreturn]] void refuse(const AllOptions& options, const std::string& asked) {
  // The table that knows the nearest key says so.
  for (const OptionTable* table : options.tables()) {
    const auto likely = likely_keys(*table, asked);
    if (!likely.empty()) throw usage_error("no option '" + asked + "'" + did_you_mean(likely));
  }
  throw usage_error("no option '" + asked + "'; `p5 options` lists all");
}

class OptionsVerb final : public Verb {
 public:
  std::string name() const override { return "options"; }
  std::string summary() const override { return "look up options: default, values, meaning, flag"; }
  std::string examples() const override {
    return "  p5 options train.lr\n  p5 options train\n  p5 options dropout\n  p5 options > my.toml\n"
           "  p5 options --markdown > docs/options.md\n";
  }
  std::vector<Argument> arguments() override {
    return {{.kind = Argument::Kind::kPositional,
             .name = "key",
             .help = "an option, a section, or a part of a name; without it: a TOML file of all options of runs",
             .text = &asked_,
             .value = "OPTION"},
            {.kind = Argument::Kind::kSwitch, .name = "markdown", .help = "as docs/options.md", .given = &markdown_},
            {.kind = Argument::Kind::kSwitch, .name = "json", .help = "one JSON object on stdout", .given = &json_}};
  }

  int run() override {
    const AllOptions options;
    if (json_) return print_json(options);
    if (markdown_) return print_markdown(options);
    if (asked_.empty()) return fmt::print("{}\n{}", scopes("# "), options.runs.to_commented_toml()), 0;
    const Rows rows = rows_of(options, asked_);
    if (rows.empty()) refuse(options, asked_);
    if (rows.size() == 1) {
      print_row(*rows.front());
    } else {
      print_list(rows);
    }
    return 0;
  }

 private:
  static std::size_t width() { return std::min<std::size_t>(terminal_width(STDOUT_FILENO), 120); }

  static std::string flag_of(const OptionRow& row) {
    if (row.info.flag.empty()) return "";
    const std::string flag = "--" + row.info.flag;
    return row.type == OptionType::kBoolean ? flag + ", --no-" + row.info.flag : flag;
  }

  static std::string type_name(OptionType type) {
    switch (type) {
      case OptionType::kBoolean:
        return "boolean";
      case OptionType::kInteger:
        return "integer";
      case OptionType::kReal:
        return "real";
      case OptionType::kText:
        return "text";
      case OptionType::kTextList:
        break;
    }
    return "texts";
  }

  // The verbs that take it.
  static std::vector<std::string> verbs_of(const OptionRow& row) {
    GlobalOptions unused;
    const CommandList commands(unused);
    std::vector<std::string> names;
    for (const Command* command : commands.all()) {
      const OptionTable* const table = command->verb().options();
      if (table == nullptr || table->find(row.key) == nullptr || !command->verb().offers(row)) continue;
      names.push_back(command->name());
    }
    return names;
  }

  static void print_row(const OptionRow& row) {
    std::string variable = "P5_" + row.key;
    const auto dot = variable.find('.');
    if (dot != std::string::npos) variable.replace(dot, 1, "__");
    std::transform(variable.begin(), variable.end(), variable.begin(), [](unsigned char c) { return std::toupper(c); });
    const std::string flag = flag_of(row);
    const std::pair<const char*, std::string> lines[] = {
        {"  meaning", row.info.help},
        {"  default", row.default_text},
        {"  values", allowed_values(row)},
        {"  scope", fmt::format("{}: {}", to_string(row.scope), meaning_of(row.scope))},
        {"  flag", flag.empty() ? fmt::format("none; --set {}=VALUE", row.key) : flag},
        {"  file", fmt::format("{} = VALUE, or in a section [{}]", row.key, row.key.substr(0, row.key.find('.')))},
        {"  variable", variable},
        {"  verbs", fmt::format("{}", fmt::join(verbs_of(row), ", "))}};
    fmt::print("{}\n", row.key);
    for (const auto& [head, text] : lines) fmt::print("{}", hanging_paragraph(head, text, 12, width()));
  }

  static void print_list(const Rows& rows) {
    for (const OptionRow* row : rows) {
      const std::string head = fmt::format("{} = {}", row->key, row->default_text);
      fmt::print("{}", hanging_paragraph(cut_to_width(head, width()), "", 0, width()));
      fmt::print("{}", hanging_paragraph("", row->info.help, 4, width()));
    }
  }

  static nlohmann::ordered_json to_json(const OptionRow& row) {
    return {{"key", row.key},
            {"flag", row.info.flag.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json("--" + row.info.flag)},
            {"default", row.default_text},
            {"type", type_name(row.type)},
            {"choices", row.info.choices},
            {"verbs", verbs_of(row)},
            {"scope", to_string(row.scope)},
            {"values", allowed_values(row)},
            {"meaning", row.info.help}};
  }

  int print_json(const AllOptions& options) const {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    const Rows rows = rows_of(options, asked_);
    if (rows.empty()) refuse(options, asked_);
    for (const OptionRow* row : rows) list.push_back(to_json(*row));
    fmt::print("{}\n", pretty_json(nlohmann::ordered_json{{"options", std::move(list)}}));
    return 0;
  }

  static int print_markdown(const AllOptions& options) {
    fmt::print(
        "# Options\n\nEvery option is one row of an option table; this page is printed by `p5 options --markdown`. A "
        "key can be set in a\n"
        "TOML file (`--config`), by the environment (`P5_TRAIN__LR=1e-3` sets `train.lr`), by `--set key=value` and, "
        "where one is\n"
        "named, by its flag; later ones win in this order. Python takes it as a keyword with two underscores\n"
        "(`train__lr=1e-3`, [python.md](python.md)). `p5 options KEY` prints one of them.\n\n"
        "The scope of an option says what it belongs to, and so when another value may be taken:\n\n{}\n"
        "## Runs: train and evaluate\n\n{}\n## Leaderboard and tune\n\n{}\n## Import\n\n{}\n## Simulate\n\n{}\n## "
        "Serve\n\n{}\n## Off-policy evaluation: ope\n\n{}\n## Play\n\n{}\n## Bench\n\n{}",
        scopes("- "), options.runs.to_markdown(), options.searches.to_markdown(), options.imports.to_markdown(),
        options.worlds.to_markdown(), options.services.to_markdown(), options.logs.to_markdown(),
        options.plays.to_markdown(), options.benches.to_markdown());
    return 0;
  }

  // One line per scope.
  static std::string scopes(std::string_view prefix) {
    std::string text;
    for (const OptionScope scope : kOptionScopes) {
      text += fmt::format("{}{}: {}\n", prefix, to_string(scope), meaning_of(scope));
    }
    return text;
  }

  std::string asked_;
  bool markdown_ = false, json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_options_verb() { return std::make_unique<OptionsVerb>(); }

}  // namespace p5::cli
