#include "pipeline/measure_stage.h"

#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/digest.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/json_field.h"
#include "base/rng.h"
#include "evaluate/evaluator.h"
#include "p5/error.h"
#include "p5/pipeline.h"
#include "pipeline/index_stage.h"
#include "pipeline/joined_processes.h"
#include "pipeline/run_directory.h"
#include "recommend/candidate_sources.h"
#include "recommend/opened_sources.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

TaskResults measure_part(const LoadedRun& run, const CandidateSource& source, EvaluateOptions options,
                         const char* split) {
  options.split = split;
  return evaluate_sequential(*run.data.ranking, options.part(), source, options);
}

MeasuredRow measure_source(const LoadedRun& run, const CandidateSource& source, const EvaluateOptions& options,
                           bool validation_only) {
  const auto start = Clock::now();
  const TaskResults valid = measure_part(run, source, options, "valid");
  const TaskResults test = validation_only ? TaskResults() : measure_part(run, source, options, "test");
  MeasuredRow row = measured_row(source.name(), valid, test);
  row.seconds = seconds_since(start);
  return row;
}

EvaluateOptions options_of(const RunConfig& config, const StopToken& stop) {
  EvaluateOptions options = config.evaluate;
  options.threads = config.device.threads;
  options.stop = stop;
  return options;
}

// Training ends long before its entry is measured; what it took is kept beside the run.
struct CandidateRun {
  double seconds = 0;
  std::string stopped_by;
};

fs::path summary_of(const fs::path& run) { return run.string() + ".train.json"; }

// Of several processes that train together rank 0 keeps the run and measures it; nothing in the others.
std::optional<CandidateRun> train_to_the_end(const MeasureRequest& request, const TrainingWorld& world) {
  if (!fs::exists(summary_of(request.run))) {
    const bool begun = fs::exists(RunDirectory(request.run).manifest_file());
    const StageReport report = train({.corpus = request.corpus.string(),
                                      .out = request.run.string(),
                                      .resume = begun,
                                      .settings = begun ? Settings() : request.settings,
                                      .stop = request.stop});
    stop_if_requested(request.stop, "training interrupted; the same command continues");
    if (world.leads()) write_file_atomically(summary_of(request.run), report.json + "\n");
  }
  if (!world.leads()) return std::nullopt;
  const auto json = read_json(summary_of(request.run), 1 << 20, ErrorSubject::kData);
  const JsonFields fields(json, summary_of(request.run).string(), ErrorSubject::kData);
  return CandidateRun{.seconds = json.value("seconds", 0.0), .stopped_by = fields.text("stopped_by")};
}

std::optional<MeasuredEntry> measure_run(const EntryConfig& config, const MeasureRequest& request) {
  const std::optional<CandidateRun> trained = train_to_the_end(request, config.run.world);
  if (!trained) return std::nullopt;
  MeasuredEntry entry{.fingerprint = request.fingerprint,
                      .trained = true,
                      .fit_seconds = trained->seconds,
                      .stopped_by = trained->stopped_by};
  const auto run = LoadedRun::open(request.run);
  const auto model = load_bundle_model(run->bundle, ModelBundle::folder_of(request.run), config.run.device);
  const SourceInputs inputs{.run = *run,
                            .options = run->bundle.sources,
                            .threads = static_cast<std::size_t>(config.run.device.threads),
                            .model = model.get(),
                            .folder = sources_folder(request.run),
                            .keep = true,
                            .stop = request.stop};
  std::vector<std::string> rows{"p5"};
  rows.insert(rows.end(), config.rows.begin(), config.rows.end());
  for (const std::string& name : rows) {
    entry.rows.push_back(measure_source(*run, *open_candidate_source(name, inputs),
                                        options_of(config.run, request.stop), request.validation_only));
  }
  return entry;
}

}  // namespace

void EntryConfig::bind(OptionTable& table) {
  run.bind(table);
  bind_own(table);
}

void EntryConfig::bind_own(OptionTable& table) {
  const OptionBinder own(table, OptionScope::kReport);
  own.add("leaderboard.source", &source,
          {.help = "source of items that is fit and measured, without training a model; empty: train a run",
           .flag = "source"});
  own.add("leaderboard.rows", &rows, {.help = "sources of the trained run that are measured next to it"});
}

UntrainedRun::UntrainedRun(const RunConfig& config, const fs::path& corpus) {
  DataSplits data = open_data(corpus, config.split);
  ModelBundle bundle = build_bundle(config, data, corpus);
  run_ = std::make_shared<const LoadedRun>(std::move(bundle), std::move(data),
                                           static_cast<std::int32_t>(config.model.whole_word_rows));
}

std::unique_ptr<CandidateSource> UntrainedRun::fit(const std::string& source, const RunConfig& config,
                                                   const StopToken& stop, const fs::path& keep,
                                                   ProcessGroup* group) const {
  return open_candidate_source(source, {.run = *run_,
                                        .options = config.sources,
                                        .threads = static_cast<std::size_t>(config.device.threads),
                                        .folder = keep.empty() ? fs::path() : sources_folder(keep),
                                        .keep = !keep.empty(),
                                        .stop = stop,
                                        .group = group});
}

namespace {

// Null: this process works alone.
std::unique_ptr<ProcessGroup> join_to_fit(const EntryConfig& config, const Corpus& corpus) {
  const TrainingWorld& world = config.run.world;
  if (!world.alone() && !require_candidate_source(config.source).trains_together) {
    throw usage_error("this source is fit by one process",
                      {.where = "--source",
                       .expected = "a sequence encoder, or one process",
                       .got = fmt::format("{}, {} processes", config.source, world.size)});
  }
  auto group = join_processes(world, config.run.train.rank_timeout);
  if (group == nullptr) return nullptr;
  require_same_settings(*group, config.run);
  group->require_equal("source", stable_hash(config.source));
  group->require_equal("data", stable_hash(corpus.info().data_sha256));
  return group;
}

}  // namespace

double validation_score(const LoadedRun& run, const CandidateSource& source, EvaluateOptions options) {
  const TaskResults results = measure_part(run, source, std::move(options), "valid");
  return find_result(results, "sequential", "keep")->value(kSearchedScore);
}

std::optional<MeasuredEntry> measure_entry(const EntryConfig& config, const MeasureRequest& request) {
  if (config.source.empty()) return measure_run(config, request);
  require_candidate_source(config.source);
  const UntrainedRun untrained(config.run, request.corpus);
  const auto start = Clock::now();
  const auto group = join_to_fit(config, *untrained.run().data.corpus);
  const auto source = untrained.fit(config.source, config.run, request.stop, request.keep, group.get());
  if (source == nullptr) return std::nullopt;
  MeasuredEntry entry{.fingerprint = request.fingerprint, .fit_seconds = seconds_since(start)};
  entry.rows.push_back(
      measure_source(untrained.run(), *source, options_of(config.run, request.stop), request.validation_only));
  return entry;
}

std::string entry_fingerprint(const OptionTable& table, const fs::path& corpus) {
  Sha256 digest;
  digest.update(table.to_toml()).update(Corpus::open(corpus)->info().data_sha256);
  return digest.hex();
}

}  // namespace p5
