#include "p5/pipeline.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json_field.h"
#include "p5/error.h"
#include "pipeline/compare_stage.h"
#include "pipeline/compress_stage.h"
#include "pipeline/continued_training.h"
#include "pipeline/encoder_rewards_stage.h"
#include "pipeline/evaluate_stage.h"
#include "pipeline/finetune_stage.h"
#include "pipeline/forget_stage.h"
#include "pipeline/fuse_stage.h"
#include "pipeline/import_report.h"
#include "pipeline/import_stage.h"
#include "pipeline/pretrain_stage.h"
#include "pipeline/report_files.h"
#include "pipeline/settings.h"
#include "pipeline/sliding_evaluation.h"
#include "pipeline/train_stage.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;

std::string to_json(const TrainedRun& result, const std::string& run) {
  nlohmann::ordered_json object{{"run", run},
                                {"steps", result.steps},
                                {"epochs", result.epochs},
                                {"metric", result.metric},
                                {"best_metric", result.best_metric},
                                {"best_step", result.best_step},
                                {"loss", result.last_loss},
                                {"tokens_per_s", result.tokens_per_second},
                                {"seconds", result.seconds},
                                {"stopped_by", result.stopped_by},
                                {"verdict", result.verdict}};
  if (result.privacy) {
    object["privacy"] = {{"unit", result.privacy->plan.unit},
                         {"epsilon", result.privacy->epsilon},
                         {"delta", result.privacy->plan.delta},
                         {"noise", result.privacy->plan.noise},
                         {"clipped", result.privacy->clipped}};
  }
  return pretty_json(object);
}

// Before the work begins: its result is to be written there.
void require_folder_of(const fs::path& file) {
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  if (fs::is_directory(folder)) return;
  throw usage_error("there is no such folder",
                    {.where = "request.out", .expected = "a file in a folder that exists", .got = file.string()});
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

StageReport simulate_corpus(const SimulateRequest& request) {
  SimulateOptions options;
  OptionTable table;
  options.bind(table);
  set_options(request.settings, table);
  const IngestReport report = simulate_corpus(
      options, request.out, request.force ? AtomicDirectory::Existing::kReplace : AtomicDirectory::Existing::kRefuse,
      request.stop);
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

TrainedRun trained(const TrainRequest& request, RunConfig& config, OptionTable& table) {
  const RunPlace place{.out = request.out, .replace = request.force};
  if (request.resume) return resume_run(table, request.out, request.corpus, request.stop);
  if (!request.from.empty()) return train_from(table, request.from, request.corpus, place, request.stop);
  return train_run(config, table, request.corpus, place);
}

}  // namespace

StageReport train(const TrainRequest& request) {
  check(request);
  RunConfig config;
  OptionTable table;
  config.bind(table);
  set_options(request.settings, table);
  config.evaluate.stop = request.stop;
  const TrainedRun result = trained(request, config, table);
  return {.json = to_json(result, request.out), .text = result.verdict};
}

StageReport pretrain(const PretrainRequest& request) {
  const TrainedRun result = pretrain_run(
      request.settings, {.corpora = {request.corpora.begin(), request.corpora.end()}, .objectives = request.objectives},
      {.out = request.out, .replace = request.force}, request.stop);
  return {.json = to_json(result, request.out), .text = result.verdict};
}

StageReport finetune(const FinetuneRequest& request) {
  const TrainedRun result =
      finetune_run(request.settings, {.from = request.from, .corpus = request.corpus, .tasks = request.tasks},
                   {.out = request.out, .replace = request.force}, request.stop);
  return {.json = to_json(result, request.out), .text = result.verdict};
}

StageReport reinforce(const ReinforceRequest& request) {
  if (!request.encoder.empty()) return reinforce_encoder(request);
  const TrainedRun result = finetune_run(
      request.settings, {.from = request.from, .corpus = request.corpus, .tasks = {}, .way = Finetuning::kByRewards},
      {.out = request.out, .replace = request.force}, request.stop);
  return {.json = to_json(result, request.out), .text = result.verdict};
}

StageReport forget(const ForgetRequest& request) {
  const ForgetReport report = forget_users(request);
  return {.json = to_json(report), .text = to_text(report)};
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

StageReport compress(const CompressRequest& request) {
  const CompressionReport report = compress_run(
      request.settings, {.run = request.run, .distil = request.distil, .prune = request.prune, .int8 = request.int8},
      {.out = request.out, .replace = request.force}, request.stop);
  return {.json = pretty_json(report.to_json()), .text = report.to_text()};
}

StageReport evaluate(const EvaluateRequest& request) {
  RunConfig config;
  OptionTable table;
  config.bind(table);
  set_options(request.settings, table);
  const RunDirectory run = RunDirectory::open(request.run);
  RunConfig effective = load_run_config(run, table);
  effective.evaluate.stop = request.stop;
  effective.world = TrainingWorld::from_environment();
  if (!request.out.empty()) require_folder_of(request.out);
  if (request.sliding > 0) {
    const SlidingReport report = evaluate_sliding(run, effective, request.corpus, request.sliding);
    StageReport result{.json = pretty_json(report.to_json()), .text = report.to_table()};
    if (!request.out.empty()) write_file_atomically(request.out, result.json + "\n");
    return result;
  }
  EvaluationReport report = evaluate_run(run, effective, request.corpus,
                                         request.changed_corpus ? ChangedCorpus::kMeasure : ChangedCorpus::kRefuse);
  if (!effective.world.leads()) {  // rank 0 reports
    const std::string remark = effective.world.remark("evaluated");
    return {.json = pretty_json(nlohmann::ordered_json{{"remark", remark}}), .text = remark + "\n"};
  }
  const fs::path file =
      request.out.empty() ? report_file(run, effective, report.protocol.data_sha256) : fs::path(request.out);
  StageReport result;
  try {
    keep_report(file, report);
  } catch (const Error& error) {
    result.problem = fmt::format("the report was not kept: {}", error.what());
  }
  result.json = pretty_json(report.to_json());
  result.text = report.to_table(request.full     ? ReportDetail::kAll
                                : request.beyond ? ReportDetail::kBeyond
                                                 : ReportDetail::kLearnt);
  if (result.problem.empty()) result.text += fmt::format("Report: {}\n", file.string());
  return result;
}

StageReport compare(const CompareRequest& request) {
  const Comparison comparison = compare_runs({.inputs = {request.runs.begin(), request.runs.end()},
                                              .split = request.split,
                                              .metrics = request.metrics,
                                              .to = request.to,
                                              .baselines = request.baselines});
  return {.json = pretty_json(comparison.to_json()), .text = comparison.to_text(request.form)};
}

}  // namespace p5
