#include "p5/pipeline.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/json_field.h"
#include "p5/error.h"
#include "pipeline/evaluate_stage.h"
#include "pipeline/fuse_stage.h"
#include "pipeline/import_report.h"
#include "pipeline/import_stage.h"
#include "pipeline/settings.h"
#include "pipeline/sliding_evaluation.h"
#include "pipeline/train_stage.h"

namespace p5 {
namespace {

std::string to_json(const TrainResult& result, const std::string& run) {
  const nlohmann::ordered_json object{{"run", run},
                                      {"steps", result.steps},
                                      {"epochs", result.epochs},
                                      {"metric", result.metric},
                                      {"best_metric", result.best_metric},
                                      {"best_step", result.best_step},
                                      {"loss", result.last_loss},
                                      {"tokens_per_s", result.tokens_per_second},
                                      {"seconds", result.seconds},
                                      {"stopped_by", result.stopped_by}};
  return pretty_json(object);
}

}  // namespace

StageReport import_corpus(const ImportRequest& request) {
  ImportOptions options;
  OptionTable table;
  options.bind(table);
  set_options(request.settings, table);
  const std::vector<std::filesystem::path> inputs(request.inputs.begin(), request.inputs.end());
  const IngestReport report = import_corpus(inputs, request.out, options, request.stop);
  return {.json = to_json(report, request.out), .text = to_table(report, request.out) + "\n" + next_step(request.out)};
}

namespace {

void check(const TrainRequest& request) {
  if (request.resume && (!request.from.empty() || request.force)) {
    throw usage_error("a run is either resumed or made anew",
                      {.where = "request.resume", .expected = "neither --from nor --force with it"});
  }
  if (!request.resume && request.from.empty() && request.corpus.empty()) {
    throw usage_error("a new run needs a corpus", {.where = "request.corpus", .expected = "a corpus folder"});
  }
}

TrainResult trained(const TrainRequest& request, RunConfig& config, OptionTable& table) {
  const RunPlace place{.out = request.out, .replace = request.force};
  if (request.resume) return resume_run(table, request.out, request.corpus, request.stop);
  if (!request.from.empty()) return train_from(table, request.from, request.corpus, place, request.stop);
  return train_run(config, table, request.corpus, place);
}

// How it ended, and what to do next.
std::string in_words(const TrainResult& result, const TrainRequest& request) {
  if (request.stop.stop_requested()) {
    return fmt::format("{}: stopped by {} at step {}\ngo on with: p5 train --out {} --resume", request.out,
                       result.stopped_by, result.steps, request.out);
  }
  return fmt::format("{}: best validation {} {:.4f} at step {} of {}, stopped by {}\nnext: p5 evaluate {}", request.out,
                     result.metric, result.best_metric, result.best_step, result.steps, result.stopped_by, request.out);
}

}  // namespace

StageReport train(const TrainRequest& request) {
  check(request);
  RunConfig config;
  OptionTable table;
  config.bind(table);
  set_options(request.settings, table);
  config.evaluate.stop = request.stop;
  const TrainResult result = trained(request, config, table);
  return {.json = to_json(result, request.out), .text = in_words(result, request)};
}

StageReport fuse(const FuseRequest& request) {
  RunConfig config;
  OptionTable table;
  config.bind(table);
  set_options(request.settings, table);
  const RunDirectory run = RunDirectory::open(request.run);
  RunConfig effective = load_run_config(run, table);
  effective.evaluate.stop = request.stop;
  const HybridModel model = fuse_run(run, effective, request.corpus);
  return {.json = pretty_json(to_json(model)), .text = to_table(model)};
}

StageReport evaluate(const EvaluateRequest& request) {
  RunConfig config;
  OptionTable table;
  config.bind(table);
  set_options(request.settings, table);
  const RunDirectory run = RunDirectory::open(request.run);
  RunConfig effective = load_run_config(run, table);
  effective.evaluate.stop = request.stop;
  if (request.sliding > 0) {
    const SlidingReport report = evaluate_sliding(run, effective, request.corpus, request.sliding);
    return {.json = pretty_json(report.to_json()), .text = report.to_table()};
  }
  const EvaluationReport report = evaluate_run(
      run, effective, request.corpus, request.changed_corpus ? ChangedCorpus::kMeasure : ChangedCorpus::kRefuse);
  const std::string beyond = request.beyond ? report.to_beyond_table() : "";
  return {.json = pretty_json(report.to_json()), .text = report.to_table() + beyond};
}

}  // namespace p5
