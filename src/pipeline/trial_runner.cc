#include "pipeline/trial_runner.h"

#include <fmt/format.h>

#include <limits>
#include <vector>

#include "base/interrupt.h"
#include "p5/error.h"
#include "pipeline/child_process.h"
#include "pipeline/measure_stage.h"
#include "pipeline/run_directory.h"
#include "pipeline/settings.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

// A configuration with its table, which points into it.
struct Configured {
  Configured(const TrialInputs& inputs, const Settings& own) {
    config.bind(table);
    if (!inputs.config.empty()) table.load_toml_file(inputs.config);
    set_options(inputs.settings, table);
    set_options(own, table);
  }
  Configured(const Configured&) = delete;
  Configured& operator=(const Configured&) = delete;

  EntryConfig config;
  OptionTable table;
};

class SourceRunner final : public TrialRunner {
 public:
  explicit SourceRunner(const TrialInputs& inputs)
      : inputs_(inputs), data_(Configured(inputs, {}).config.run, inputs.corpus) {}

  double run(const Settings& settings, const std::string&) override {
    const Configured trial(inputs_, settings);
    const RunConfig& config = trial.config.run;
    const auto source = data_.fit(trial.config.source, config, inputs_.stop);
    EvaluateOptions options = config.evaluate;
    options.threads = config.device.threads;
    options.stop = inputs_.stop;
    return validation_score(data_.run(), *source, options);
  }

 private:
  TrialInputs inputs_;
  UntrainedRun data_;
};

class TrainingRunner final : public TrialRunner {
 public:
  explicit TrainingRunner(const TrialInputs& inputs) : inputs_(inputs) { fs::create_directories(inputs.folder); }

  double run(const Settings& settings, const std::string& name) override {
    const fs::path run = inputs_.folder / name;
    const fs::path result = run.string() + ".json";
    const ChildResult child = run_child(command(settings, run, result), inputs_.stop);
    stop_if_requested(inputs_.stop, "interrupted; the trials that ended are kept, and the same command continues");
    if (child.exit_code != 0) {
      forget(run);
      throw system_error("the trial's process failed",
                         {.where = name, .got = fmt::format("exit code {}", child.exit_code)});
    }
    const double score = MeasuredEntry::load(result).rows.front().valid_keep.value(kSearchedScore);
    if (score > best_) {
      if (!best_run_.empty()) forget(best_run_);
      best_ = score;
      best_run_ = run;
    } else {
      forget(run);
    }
    return score;
  }

 private:
  std::vector<std::string> command(const Settings& settings, const fs::path& run, const fs::path& result) const {
    std::vector<std::string> words{inputs_.program.string(), "measure", "--corpus",   inputs_.corpus.string(),
                                   "--validation-only",      "--run",   run.string(), "--out",
                                   result.string()};
    if (!inputs_.config.empty()) words.insert(words.end(), {"--config", inputs_.config.string()});
    for (const Settings* part : {&inputs_.settings, &settings}) {
      for (const Setting& setting : *part) words.insert(words.end(), {"--set", setting.key + "=" + setting.value});
    }
    return words;
  }

  static void forget(const fs::path& run) {
    RunDirectory::remove(run);
    for (const char* ending : {".json", ".train.json"}) fs::remove(run.string() + ending);
  }

  TrialInputs inputs_;
  double best_ = -std::numeric_limits<double>::infinity();
  fs::path best_run_;
};

}  // namespace

std::unique_ptr<TrialRunner> make_source_runner(const TrialInputs& inputs) {
  return std::make_unique<SourceRunner>(inputs);
}
std::unique_ptr<TrialRunner> make_training_runner(const TrialInputs& inputs) {
  return std::make_unique<TrainingRunner>(inputs);
}

}  // namespace p5
