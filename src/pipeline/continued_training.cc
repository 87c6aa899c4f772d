#include "pipeline/continued_training.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/logger.h"
#include "base/text_layout.h"
#include "p5/error.h"
#include "pipeline/bundle_weights.h"
#include "pipeline/freshening.h"
#include "pipeline/index_stage.h"
#include "pipeline/prepared_run.h"
#include "pipeline/run_directory.h"
#include "pipeline/unit_settings.h"
#include "train/checkpoint.h"
#include "train/early_stopping.h"

namespace p5 {
namespace {

// What a run that is resumed had used of its time, and whether it had ended.
Continued resumed(const RunDirectory& run, const RunConfig& config, bool more_minutes) {
  const auto checkpoint = Checkpoint::open(run.path());
  if (!checkpoint && std::filesystem::exists(run.bundle() / "model")) {  // compressed, or with its checkpoint deleted
    throw usage_error(
        "the run has weights but no checkpoint that a training could go on from",
        {.where = run.path().string(),
         .expected = "p5 train --from " + run.path().string() + " --out RUN2, which begins with its weights",
         .got = "--resume"});
  }
  if (!checkpoint) return {.resume = true};
  const TrainerState& state = checkpoint->state();
  EarlyStopping patience(config.train.patience);
  patience.set_state(state.early_stopping);
  const double used = state.seconds / 60, limit = config.train.step_minutes();
  const bool ended = state.step >= state.planned_steps || patience.should_stop();
  const std::string go_on = fmt::format("p5 train --out {} --resume --minutes {:.3g}", run.path().string(),
                                        std::max(2 * std::max(config.train.minutes, limit), 2 * used));
  if (limit > 0 && used >= limit) {
    log_warning(
        fmt::format("the run has used its minutes: {:.3g} of {:.3g} (train.minutes = {:g}); to train it further: {}",
                    used, limit, config.train.minutes, go_on));
  } else if (ended && !more_minutes) {
    log_warning(fmt::format("the run has ended after {} steps and {:.3g} minutes; to train it further: {}", state.step,
                            used, go_on));
  } else if (more_minutes) {
    log_info(fmt::format("the run had used {:.3g} minutes and goes on until {:.3g}", used, limit));
  }
  const bool time_is_up = limit > 0 && used >= limit;
  return {.resume = true,
          .ended = time_is_up || (ended && !more_minutes),
          .beyond_plan = ended && more_minutes && !time_is_up};
}

// More minutes for the whole training are more for its parts. Returns whether somebody gave minutes.
bool raise_minutes(const OptionTable& overrides, double before, std::initializer_list<const char*> parts,
                   OptionTable& table, const RunConfig& config) {
  const OptionRow& given = *overrides.find("train.minutes");
  for (const char* part : parts) {
    const double limit = std::stod(table.find(part)->print());
    if (given.origin == "default" || overrides.find(part)->origin != "default" || limit == 0) continue;
    const double raised = before > 0 ? limit * config.train.minutes / before : 0;
    table.set(part, fmt::format("{:g}", raised), given.origin);
  }
  return given.origin != "default" || overrides.find("train.own_minutes")->origin != "default";
}

// A run goes on only with the data that it began with.
DataSplits own_data(const ModelBundle& bundle, const RunManifest& run, const std::filesystem::path& corpus) {
  if (!corpus.empty()) {
    const CorpusInfo now = Corpus::open(corpus)->info();
    if (now.data_sha256 != run.data_sha256) {
      throw usage_error(
          "a resumed run goes on with its own corpus; p5 train --from RUN --corpus NEW --out RUN2 goes on "
          "with another one",
          {.where = "request.corpus",
           .expected =
               fmt::format("corpus '{}' in {} with data {:.12}", run.corpus_name, bundle.corpus, run.data_sha256),
           .got = fmt::format("corpus '{}' in {} with data {:.12}", now.name, corpus.string(), now.data_sha256)});
    }
  }
  DataSplits data = open_bundle_data(bundle, corpus);
  if (data.corpus->info().data_sha256 == run.data_sha256) return data;
  throw model_error("the corpus changed since the run began; p5 train --from RUN --out RUN2 goes on with it",
                    {.where = bundle.corpus,
                     .expected = "data with SHA-256 " + run.data_sha256,
                     .got = data.corpus->info().data_sha256});
}

// Where a run goes on from.
struct Origin {
  std::filesystem::path from, corpus;      // no corpus: that of the run
  const Forgetting* forgetting = nullptr;  // null: it forgets nobody
  Freshening* freshening = nullptr;        // null: a whole training
};

TrainedRun go_on(const OptionTable& overrides, const Origin& origin, const RunPlace& asked, const StopToken& stop) {
  const auto& [from, corpus, forgetting, freshening] = origin;
  const UnsavedWork unsaved;
  const TrainingWorld world = TrainingWorld::from_environment();
  const RunPlace place = place_of(world, asked);
  check_place(place);
  const RunDirectory earlier = RunDirectory::open(from);
  std::error_code failure;
  if (std::filesystem::equivalent(from, place.out, failure)) {
    throw usage_error("a run cannot take its own place", {.where = place.out.string(), .expected = "another --out"});
  }
  RunConfig config;
  OptionTable table;
  config.bind(table);
  table.load_toml_file(earlier.config());
  const double before = config.train.minutes;
  change_options(table, overrides,
                 {OptionScope::kData, OptionScope::kTraining, OptionScope::kBudget, OptionScope::kAnswer,
                  OptionScope::kReport, OptionScope::kMachine});
  raise_minutes(overrides, before, {"train.own_minutes", "encoder.max_minutes"}, table, config);
  apply_unit_settings(config, table);
  const std::string weights = std::filesystem::absolute(from).lexically_normal().string();
  table.set("train.init", '"' + weights + '"', "--from");
  table.set("train.item_vectors", "\"\"", "--from");  // item tokens begin with what this run has learnt
  if (overrides.find("encoder.from")->origin == "default")
    table.set("encoder.from", "\"\"", "--from");  // with this run's
  // A run that has forgotten somebody, or that was merely freshened, stays what it was: its own settings are those of
  // its training.
  const bool stays = forgetting != nullptr || freshening != nullptr;
  const std::string stored = stays ? read_file(earlier.config()) : "";
  if (forgetting != nullptr) set_forgetting(overrides, table);
  if (freshening != nullptr) set_freshening(overrides, table);
  if (freshening != nullptr && config.train.by_units()) {
    throw usage_error("a run that was trained by units has no training by an adapter",
                      {.where = from.string(), .expected = "a training of all weights"});
  }
  config.sources_stay = freshening != nullptr;
  config.evaluate.stop = stop;
  config.world = world;
  check_device(config.device);
  ModelBundle known = ModelBundle::load(earlier.bundle());
  bundle_model_spec(known, earlier.bundle());  // it has weights
  if (known.keys == nullptr) {
    throw model_error("the run is of an earlier version of p5, which kept no keys",
                      {.where = from.string(), .expected = "--init with it, which begins a new run from its weights"});
  }
  if (forgetting != nullptr) known = without_users(std::move(known), *forgetting);
  const std::filesystem::path folder = corpus.empty() ? std::filesystem::path(known.corpus) : corpus;
  known.split = config.split;
  if (freshening != nullptr) freshening->before = open_bundle_data(known, {});
  const DataSplits data = open_bundle_data(known, folder);
  const ModelBundle bundle = extend_bundle(known, config, data, folder);
  log_info(fmt::format("going on from {}: {}", from.string(), CatalogMap(*known.keys, *data.corpus).summary()));
  require_memory(config, table, bundle);
  PreparedRun prepared(config, bundle, data, freshening);
  prepared.forgetting = forgetting;
  begin_from_init(config, prepared);
  return fit_new_run(prepared, config, stored.empty() ? table.to_toml() : stored, place);
}

}  // namespace

TrainedRun train_from(const OptionTable& overrides, const std::filesystem::path& from,
                      const std::filesystem::path& corpus, const RunPlace& place, const StopToken& stop) {
  return go_on(overrides, {.from = from, .corpus = corpus}, place, stop);
}

TrainedRun unlearn_run(const OptionTable& overrides, const std::filesystem::path& from, const RunPlace& place,
                       const Forgetting& forgetting, const StopToken& stop) {
  return go_on(overrides, {.from = from, .corpus = {}, .forgetting = &forgetting}, place, stop);
}

TrainedRun freshen_run(const OptionTable& overrides, const std::filesystem::path& from,
                       const std::filesystem::path& corpus, const RunPlace& place, double new_share,
                       const StopToken& stop) {
  Freshening freshening{.new_share = new_share, .before = {}};
  return go_on(overrides, {.from = from, .corpus = corpus, .freshening = &freshening}, place, stop);
}

TrainedRun resume_run(const OptionTable& overrides, const std::filesystem::path& out,
                      const std::filesystem::path& corpus, const StopToken& stop) {
  const UnsavedWork unsaved;
  const TrainingWorld world = TrainingWorld::from_environment();
  const RunDirectory run = world.leads() ? RunDirectory::open_to_train(out) : RunDirectory::open(out);
  RunConfig config;
  config.world = world;
  OptionTable table;
  config.bind(table);
  table.load_toml_file(run.config());
  const double before = config.train.minutes;
  change_options(table, overrides, {OptionScope::kBudget, OptionScope::kReport, OptionScope::kMachine});
  const bool more_minutes = raise_minutes(overrides, before, {"train.own_minutes"}, table, config);
  config.evaluate.stop = stop;
  const ModelBundle bundle = ModelBundle::load(run.bundle());
  const DataSplits data = own_data(bundle, run.manifest(), corpus);
  require_memory(config, table, bundle);
  PreparedRun prepared(config, bundle, data);
  // A checkpoint holds all weights that are trained; a run that was stopped before its first one begins anew.
  if (config.finetune.freezes() || !file_exists(run.path() / "checkpoint")) begin_from_init(config, prepared);
  Continued earlier = resumed(run, config, more_minutes);
  if (world.leads()) return fit_run(prepared, config, run, earlier);
  earlier.leader_run = run.path();
  const RunPlace place = place_of(world, {.out = out});
  RunDirectory::remove(place.out);
  const RunDirectory own = RunDirectory::create(place.out, table.to_toml(), run.manifest(), [](const RunDirectory&) {});
  return fit_run(prepared, config, own, earlier);
}

}  // namespace p5
