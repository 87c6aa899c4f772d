#include <fmt/format.h>

#include "bench/bench_options.h"
#include "cli/verbs.h"
#include "pipeline/import_stage.h"
#include "pipeline/leaderboard_stage.h"
#include "pipeline/measure_stage.h"
#include "pipeline/run_config.h"
#include "pipeline/tune_stage.h"

namespace p5::cli {
namespace {

class OptionsVerb final : public Verb {
 public:
  std::string name() const override { return "options"; }
  std::string summary() const override { return "all options, with default, values and meaning"; }
  std::string examples() const override {
    return "  p5 options > my.toml\n  p5 options --markdown > docs/options.md\n";
  }
  std::vector<Argument> arguments() override {
    return {{.kind = Argument::Kind::kSwitch, .name = "markdown", .help = "as docs/options.md", .given = &markdown_}};
  }

  int run() override {
    RunConfig run;
    OptionTable runs, imports, worlds, searches, benches;
    run.bind(runs);
    if (!markdown_) return fmt::print("{}\n{}", scopes("# "), runs.to_commented_toml()), 0;
    ImportOptions import;
    import.bind(imports);
    SimulateOptions world;
    world.bind(worlds);
    EntryConfig entry;
    entry.bind_own(searches);
    LeaderboardOptions leaderboard;
    leaderboard.bind(searches);
    TuneOptions tuning;
    tuning.bind(searches);
    ModelBenchOptions model_bench;
    model_bench.bind(benches);
    RankBenchOptions rank_bench;
    rank_bench.bind(benches);
    ImportBenchOptions import_bench;
    import_bench.bind(benches);
    fmt::print(
        "# Options\n\nEvery option is one row of an option table; this page is printed by `p5 options --markdown`. A "
        "key can be set in a\n"
        "TOML file (`--config`), by the environment (`P5_TRAIN__LR=1e-3` sets `train.lr`), by `--set key=value` and, "
        "where one is\n"
        "named, by its flag; later ones win in this order.\n\n"
        "The scope of an option says what it belongs to, and so when another value may be taken:\n\n{}\n"
        "## Runs: train and evaluate\n\n{}\n## Leaderboard and tune\n\n{}\n## Import\n\n{}\n## Simulate\n\n{}\n## "
        "Bench\n\n{}",
        scopes("- "), runs.to_markdown(), searches.to_markdown(), imports.to_markdown(), worlds.to_markdown(),
        benches.to_markdown());
    return 0;
  }

 private:
  // One line per scope.
  static std::string scopes(std::string_view prefix) {
    std::string text;
    for (const OptionScope scope : kOptionScopes) {
      text += fmt::format("{}{}: {}\n", prefix, to_string(scope), meaning_of(scope));
    }
    return text;
  }

  bool markdown_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_options_verb() { return std::make_unique<OptionsVerb>(); }

}  // namespace p5::cli
