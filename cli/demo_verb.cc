#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/logger.h"
#include "base/resource.h"
#include "base/terminal_text.h"
#include "cli/answer_table.h"
#include "cli/serving.h"
#include "cli/verbs.h"
#include "corpus/folder_kind.h"
#include "p5/error.h"
#include "p5/pipeline.h"
#include "p5/recommender.h"
#include "pipeline/import_report.h"
#include "pipeline/import_stage.h"
#include "pipeline/run_config.h"
#include "pipeline/run_directory.h"
#include "pipeline/settings.h"

namespace p5::cli {
namespace {

namespace fs = std::filesystem;

// The whole workflow on simulated data: data, training, report, answers. Every step is the verb that a user would call.
class DemoVerb final : public Verb {
 public:
  DemoVerb() {
    config_.bind(table_);
    world_.bind(table_);
  }
  std::string name() const override { return "demo"; }
  std::string summary() const override { return "simulate, train, evaluate and ask, in a few minutes"; }
  std::string examples() const override {
    return "  p5 demo\n  p5 demo --out runs/demo7 --seed 7\n  p5 demo --serve\n";
  }
  std::vector<Argument> arguments() override {
    return {{.kind = Argument::Kind::kText,
             .name = "out",
             .help = "folder for data and run (default runs/demo); those of an earlier demo are replaced",
             .text = &out_},
            {.kind = Argument::Kind::kSwitch,
             .name = "serve",
             .help = "in the end, serve the run on port 8080, with a console for the browser, until Ctrl-C",
             .given = &serve_}};
  }
  OptionTable* options() override { return &table_; }

  int run() override {
    const fs::path world = fs::path(out_) / "world", run = fs::path(out_) / "run";
    apply_defaults();
    if (table_.find("simulate.seed")->origin == "default") world_.seed = static_cast<std::int64_t>(config_.train.seed);
    claim_folder(world, run);
    say("1. A simulated world", fmt::format("p5 simulate --out {} --force", world.string()));
    fmt::print("{}\n",
               to_table(simulate_corpus(world_, world, AtomicDirectory::Existing::kReplace, interrupt_token()), world));
    say("2. Training one model on three task families",
        fmt::format("p5 train --corpus {} --config configs/demo.toml --out {}", world.string(), run.string()));
    train({.corpus = world.string(), .out = run.string(), .settings = run_settings(), .stop = interrupt_token()});
    if (interrupt_requested() != 0) return 0;
    say("3. The report", "p5 evaluate " + run.string());
    const StageReport report = evaluate({.run = run.string(), .stop = interrupt_token()});
    fmt::print("{}\n", report.text);
    if (!report.problem.empty()) log_warning(report.problem);
    show_answers(world, run);
    fmt::print("\n");
    say("6. All of it in the browser",
        fmt::format("p5 serve {} --feedback sqlite:{}", run.string(), feedback().string()));
    if (!serve_) return 0;
    ServeOptions options;
    options.feedback = "sqlite:" + feedback().string();
    options.access_log = "off";
    return serve_until_stopped(options, {{"demo", run.string()}}, "demo", {});
  }

 private:
  fs::path feedback() const { return fs::path(out_) / "feedback.db"; }

  // configs/demo.toml, below what the user set.
  void apply_defaults() {
    RunConfig defaults;
    OptionTable table;
    defaults.bind(table);
    table.load_toml_file(resource_path("configs/demo.toml"));
    for (const OptionRow& row : table.rows()) {
      if (table_.find(row.key)->origin == "default" && row.origin != "default")
        table_.set(row.key, row.print(), row.origin);
    }
  }

  // The run's settings by the user or the demo; the other settings belong to the simulated data.
  Settings run_settings() const {
    Settings settings = settings_of(table_);
    std::erase_if(settings, [](const Setting& setting) { return setting.key.starts_with("simulate."); });
    return settings;
  }

  // A marker file says that world and run are those of an earlier demo, which this one replaces. Without it, they
  // belong to somebody else.
  void claim_folder(const fs::path& world, const fs::path& run) const {
    const FolderKind kind = kind_of_folder(out_);
    if (kind == FolderKind::kRun || kind == FolderKind::kCorpus) {
      throw usage_error(kind == FolderKind::kRun ? "this is a run" : "this is a corpus",
                        {.where = out_, .expected = "another --out"});
    }
    constexpr std::string_view kMark = "{\"format\": \"p5-demo\", \"version\": 1}\n";
    const fs::path mark = fs::path(out_) / "demo.json";
    if (!fs::is_regular_file(mark) || read_file(mark) != kMark) {
      for (const fs::path& path : {mark, world, run}) {
        if (!fs::exists(path)) continue;
        throw usage_error("this is not from an earlier p5 demo", {.where = path.string(), .expected = "another --out"});
      }
      fs::create_directories(out_);
      write_file_atomically(mark, kMark);
    }
    RunDirectory::remove(run);
  }

  static void say(const std::string& title, const std::string& command) {
    fmt::print("{}\n  {}\n\n", title, command);
    std::fflush(stdout);
  }

  void show_answers(const fs::path& world, const fs::path& run) {
    const auto corpus = Corpus::open(world);
    const std::string user(corpus->user_key(0));
    Recommender recommender = Recommender::open(run.string());
    say(fmt::format("4. What next for {}", user), fmt::format("p5 recommend {} --user {}", run.string(), user));
    const auto history = corpus->items_of(0);
    fmt::print("last items:\n");
    for (const ItemId item : history.last(std::min<std::size_t>(3, history.size()))) {
      fmt::print("        {}\n", terminal_text(corpus->catalog().display_title(item)));
    }
    const auto items = recommender.recommend({.user = user});
    fmt::print("recommended:\n");
    for (std::size_t i = 0; i < items.size(); ++i)
      fmt::print("  {:>2}.  {}\n", i + 1, shown_name(items[i].item, items[i].title));
    const PredictedRating stars = recommender.predict_rating({.item = items.front().item, .user = user});
    fmt::print("\n");
    say("5. How many stars", fmt::format("p5 predict {} --user {} --item {}", run.string(), user, items.front().item));
    fmt::print("{:.2f} stars for \"{}\"\n", stars.stars, shown_name(items.front().item, items.front().title));
  }

  RunConfig config_;
  SimulateOptions world_;
  OptionTable table_;
  std::string out_ = "runs/demo";
  bool serve_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_demo_verb() { return std::make_unique<DemoVerb>(); }

}  // namespace p5::cli
