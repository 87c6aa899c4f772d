#include "pipeline/encoder_rewards_stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "base/folder_copy.h"
#include "base/interrupt.h"
#include "base/json_field.h"
#include "p5/error.h"
#include "p5/version.h"
#include "pipeline/fuse_stage.h"
#include "pipeline/initial_weights.h"
#include "pipeline/run_config.h"
#include "pipeline/run_directory.h"
#include "pipeline/settings.h"
#include "recommend/loaded_run.h"
#include "recommend/model_bundle.h"
#include "recommend/opened_sources.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;

constexpr const char* kOrigin = "p5 reinforce --encoder";
constexpr std::array<std::string_view, 2> kObjectives{"reinforce", "q-learning"};

void check(const ReinforceRequest& request) {
  if (std::ranges::find(kObjectives, request.encoder) == kObjectives.end()) {
    throw usage_error(
        "no such way to learn from rewards",
        {.where = "--encoder", .expected = "reinforce or q-learning", .got = "'" + request.encoder + "'"});
  }
  if (!request.corpus.empty()) {
    throw usage_error("an encoder learns from the corpus of its run",
                      {.where = "--corpus", .expected = "none next to --encoder", .got = request.corpus});
  }
  for (const Setting& setting : request.settings) {
    const bool own = setting.key == "train.minutes" || setting.key.starts_with("encoder.") ||
                     setting.key.starts_with("hybrid.") || setting.key.starts_with("device.");
    if (own) continue;
    throw usage_error("only the encoder is trained",
                      {.where = setting.origin, .expected = "encoder.*, hybrid.* or --minutes", .got = setting.key});
  }
}

void configure(const ReinforceRequest& request, const RunDirectory& run, OptionTable& table) {
  table.load_toml_file(run.config());
  table.set("encoder.objectives", fmt::format("[\"{}\"]", request.encoder), kOrigin);
  table.set("encoder.from", '"' + fs::absolute(request.from).lexically_normal().string() + '"', kOrigin);
  table.set("encoder.lr", "0.0002", kOrigin);  // below that of supervised training, so that the begin is not lost
  table.set("encoder.loss", "\"softmax\"", kOrigin);
  set_options(request.settings, table);
  const std::string minutes = table.find("train.minutes")->print();
  if (table.find("train.minutes")->origin != "default" &&
      std::ranges::any_of(request.settings, [](const Setting& each) { return each.key == "train.minutes"; })) {
    table.set("encoder.max_minutes", minutes, kOrigin);
  }
}

// All sources except those that are trained anew.
void copy_sources(const fs::path& from, const fs::path& to) {
  std::error_code failure;
  fs::create_directories(to, failure);
  for (const auto& entry : fs::directory_iterator(from, failure)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("encoder") || name.starts_with("hybrid") || entry.is_directory()) continue;
    fs::copy(entry.path(), to / name, failure);
    if (failure) break;
  }
  if (failure) throw system_error("cannot copy the sources", {.where = from.string(), .got = failure.message()});
}

RunDirectory copy_run(const RunDirectory& run, const ModelBundle& bundle, const OptionTable& table,
                      const ReinforceRequest& request) {
  request.force ? RunDirectory::require_replaceable(request.out) : RunDirectory::require_free(request.out);
  RunDirectory::require_writable(request.out);
  if (request.force) RunDirectory::remove(request.out);
  RunManifest manifest = run.manifest();
  manifest.p5_version = std::string(kVersion);
  RunDirectory out = RunDirectory::create(request.out, table.to_toml(), std::move(manifest),
                                          [&bundle](const RunDirectory& made) { bundle.save(made.bundle()); });
  try {
    copy_missing_files(ModelBundle::model_folder(run.bundle()), ModelBundle::model_folder(out.bundle()));
    copy_sources(sources_folder(run.path()), sources_folder(out.path()));
  } catch (...) {
    out.discard();
    throw;
  }
  return out;
}

// The encoder, and the hybrid of which it is a part.
StageReport fit_sources(const RunDirectory& out, bool fused, const RunConfig& config, const ReinforceRequest& request) {
  const auto loaded = LoadedRun::open(out.path(), {});
  const auto model = load_bundle_model(loaded->bundle, out.bundle(), config.device);
  nlohmann::ordered_json report{{"out", request.out}, {"objective", request.encoder}};
  std::string text = fmt::format("{}: its encoder was trained by {}", request.out, request.encoder);
  open_candidate_source("encoder", source_inputs(out, *loaded, *model, config));
  if (fused) {
    const HybridModel hybrid = fuse_sources(out, *loaded, *model, config);
    report["hybrid"] = to_json(hybrid);
    text += "\n" + to_table(hybrid);
  }
  return {.json = pretty_json(report), .text = text};
}

}  // namespace

StageReport reinforce_encoder(const ReinforceRequest& request) {
  check(request);
  const RunDirectory run = RunDirectory::open(request.from);
  if (!file_exists(sources_folder(run.path()) / "encoder.fit")) {
    throw Error(ErrorCode::kNotFound, ErrorSubject::kModel, "the run has no encoder",
                {.where = run.path().string(), .expected = "a run that p5 train made with one"});
  }
  RunConfig config;
  OptionTable table;
  config.bind(table);
  configure(request, run, table);
  config.evaluate.stop = request.stop;
  ModelBundle bundle = ModelBundle::load(run.bundle());
  bundle.sources = config.sources;
  const RunDirectory out = copy_run(run, bundle, table, request);
  try {
    return fit_sources(out, file_exists(sources_folder(run.path()) / "hybrid.fit"), config, request);
  } catch (const Interrupted&) {  // what was trained so far stays
    throw;
  } catch (...) {
    out.discard();
    throw;
  }
}

}  // namespace p5
