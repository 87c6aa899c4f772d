#include "pipeline/compress_stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <system_error>
#include <utility>

#include "architectures/architecture_list.h"
#include "base/file.h"
#include "base/folder_copy.h"
#include "base/interrupt.h"
#include "base/logger.h"
#include "base/progress.h"
#include "evaluate/evaluator.h"
#include "model/checkpoint_weights.h"
#include "p5/error.h"
#include "p5/version.h"
#include "pipeline/bundle_weights.h"
#include "pipeline/evaluate_stage.h"
#include "pipeline/initial_weights.h"
#include "pipeline/measured_entry.h"
#include "pipeline/merged_model.h"
#include "pipeline/run_directory.h"
#include "pipeline/settings.h"
#include "pipeline/train_stage.h"
#include "recommend/generative_source.h"
#include "recommend/opened_sources.h"
#include "t5/int8_checkpoint.h"
#include "t5/t5_checkpoint.h"
#include "t5/tensor_names.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;

constexpr const char* kOrigin = "p5 compress";
constexpr std::size_t kItems = 10;
constexpr const char* kCompared = "ndcg@10";

// The weights of a run on their way to being smaller.
struct T5Weights {
  T5Spec spec;
  SafetensorsFile file;

  static T5Weights open(const fs::path& run) {
    const fs::path folder = weights_of(run);
    const std::unique_ptr<ModelSpec> spec = read_model_spec(folder);
    const auto* t5 = dynamic_cast<const T5Spec*>(spec.get());
    if (t5 == nullptr) {
      throw Error(ErrorCode::kUnsupported, ErrorSubject::kModel, "only a T5 can be made smaller",
                  {.where = folder.string(), .got = std::string(spec->model_type())});
    }
    T5Weights weights{*t5, open_t5_weights(folder)};
    if (weights.file.find(kWholeWordName) == nullptr) weights.spec.whole_word_rows = 0;
    return weights;
  }
};

// Of a run that is copied with other weights: what it was configured with, and the heads that it is left with.
std::string config_of_copy(const RunDirectory& run, const T5Spec& spec) {
  RunConfig config;
  OptionTable table;
  config.bind(table);
  table.load_toml_file(run.config());
  table.set("model.num_heads", std::to_string(spec.num_heads), kOrigin);
  table.set("model.d_kv", std::to_string(spec.d_kv), kOrigin);
  return table.to_toml();
}

void write_weights(const T5Weights& weights, bool int8, const fs::path& run, const RunDirectory& out) {
  replace_weights(out.bundle(), ModelBundle::folder_of(run), [&](const fs::path& folder) {
    int8 ? write_int8_checkpoint(folder, weights.spec, weights.file)
         : write_float_checkpoint(folder, weights.spec, weights.file);
  });
}

// The run `from` with these weights in place of its own.
void write_copy(const fs::path& from, const T5Weights& weights, bool int8, const RunPlace& place) {
  const RunDirectory run = RunDirectory::open(from);
  const ModelBundle bundle = ModelBundle::load(run.bundle());
  RunManifest manifest = run.manifest();
  manifest.p5_version = std::string(kVersion);
  if (place.replace) RunDirectory::remove(place.out);
  const RunDirectory out = RunDirectory::create(place.out, config_of_copy(run, weights.spec), std::move(manifest),
                                                [&bundle](const RunDirectory& made) { bundle.save(made.bundle()); });
  try {
    copy_missing_files(sources_folder(from), sources_folder(out.path()));
    write_weights(weights, int8, from, out);
  } catch (...) {
    out.discard();
    throw;
  }
}

void set_text(OptionTable& table, const char* key, const fs::path& value) {
  table.set(key, '"' + value.string() + '"', kOrigin);
}

void set_number(OptionTable& table, const char* key, std::int64_t value) {
  table.set(key, std::to_string(value), kOrigin);
}

// Settings of a student of `teacher`: the teacher's, with half of its widths and heads. All minutes are the model's,
// because the other sources are copied; item vectors of a source have the teacher's width.
void load_student_config(const fs::path& teacher, const T5Spec& spec, OptionTable& table) {
  table.load_toml_file(RunDirectory::open(teacher).config());
  const fs::path path = fs::absolute(teacher).lexically_normal();
  set_text(table, "distil.teacher", path);
  set_text(table, "index.from", path);
  set_text(table, "text.model", {});
  set_text(table, "train.init", {});
  set_text(table, "train.item_vectors", {});
  table.set("train.automatic", "\"off\"", kOrigin);
  table.set("train.own_minutes", "0", kOrigin);
  table.set("hybrid.after_training", "false", kOrigin);
  set_number(table, "model.d_model", std::max<std::int64_t>(spec.d_model / 2, 1));
  set_number(table, "model.d_ff", std::max<std::int64_t>(spec.d_ff / 2, 1));
  set_number(table, "model.num_heads", std::max<std::int64_t>(spec.num_heads / 2, 1));
  set_number(table, "model.d_kv", spec.d_kv);
  set_number(table, "model.num_layers", spec.num_layers);
  set_number(table, "model.num_decoder_layers", spec.num_decoder_layers);
}

Settings without_own(const Settings& settings) {
  Settings others;
  for (const Setting& setting : settings) {
    if (!setting.key.starts_with("compress.")) others.push_back(setting);
  }
  return others;
}

void train_student(const Settings& settings, const fs::path& teacher, const RunPlace& place, const StopToken& stop) {
  RunConfig config;
  OptionTable table;
  config.bind(table);
  load_student_config(teacher, T5Weights::open(teacher).spec, table);
  set_options(without_own(settings), table);
  config.evaluate.stop = stop;
  train_run(config, table, ModelBundle::load(ModelBundle::folder_of(teacher)).corpus, place);
  stop_if_requested(stop, "training was interrupted; p5 train --resume goes on with the student");
  copy_missing_files(sources_folder(teacher), sources_folder(place.out));
}

CompressedFigures sizes_of(const fs::path& run) {
  const ModelFacts facts = model_facts(run);
  CompressedFigures figures{.run = run.string(), .parameters = facts.parameters, .weight_bytes = facts.bytes};
  for (const auto& entry : fs::recursive_directory_iterator(ModelBundle::folder_of(run))) {
    if (entry.is_regular_file()) figures.bundle_bytes += entry.file_size();
  }
  return figures;
}

// One of the runs, opened to answer.
class OpenRun {
 public:
  OpenRun(const fs::path& run, const RunConfig& config, std::int64_t threads)
      : run_(LoadedRun::open(run)),
        model_(load_bundle_model(run_->bundle, ModelBundle::folder_of(run),
                                 {.device = config.device.device, .threads = threads, .matmul = config.device.matmul})),
        source_(*model_, *run_, generative_options("p5", run_->bundle.answer, config.decode)) {}

  // For a list of one user: of the processor, which other programs do not disturb much; on a GPU, of the clock.
  double milliseconds(UserId user) const {
    const double start = now();
    const CandidateQuery query{.user = user, .history = split().history_for(user, Part::kTest)};
    source_.retrieve({&query, 1}, kItems);
    return now() - start;
  }
  MeasuredRow measure(const EvaluateOptions& options) const {
    return measured_row("p5", {}, evaluate_sequential(*run_->data.ranking, Part::kTest, source_, options));
  }
  const Split& split() const { return *run_->data.ranking; }

 private:
  double now() const {
    if (model_->device() == "cpu") return 1e3 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
  }

  std::shared_ptr<const LoadedRun> run_;
  std::unique_ptr<SequenceModel> model_;
  GenerativeSource source_;
};

double median_of(std::vector<double> values) {
  std::ranges::sort(values);
  return values.empty() ? 0 : values[values.size() / 2];
}

// The same users in turn, one thread each, so that what else the machine does disturbs both.
void time_both(const RunConfig& config, const CompressOptions& options, CompressionReport& report) {
  const OpenRun before(report.before.run, config, 1), after(report.after.run, config, 1);
  EvaluateOptions sample = config.evaluate;
  sample.users = options.timed_users;
  const std::vector<UserId> users = users_to_ask(before.split(), Part::kTest, sample);
  std::vector<double> of_before, of_after, ratios;
  for (std::size_t i = 0; i < users.size(); ++i) {
    stop_if_requested(config.evaluate.stop, "interrupted while the runs were timed; the smaller one is there");
    double first = 0, second = 0;
    if (i % 2 == 0) first = before.milliseconds(users[i]);
    second = after.milliseconds(users[i]);
    if (i % 2 != 0) first = before.milliseconds(users[i]);
    of_before.push_back(first);
    of_after.push_back(second);
    ratios.push_back(first / second);
  }
  report.timed_users = users.size();
  report.before.ms_per_user = median_of(of_before);
  report.after.ms_per_user = median_of(of_after);
  report.speedup = median_of(ratios);
}

MeasuredRow measured(const fs::path& run, const RunConfig& config) {
  EvaluateOptions options = config.evaluate;
  options.split = "test";
  options.threads = config.device.threads;
  return OpenRun(run, config, config.device.threads).measure(options);
}

void measure_both(const RunConfig& config, const CompressOptions& options, CompressionReport& report) {
  const MeasuredRow before = measured(report.before.run, config), after = measured(report.after.run, config);
  const auto resamples = static_cast<std::size_t>(options.resamples);
  report.quality = CompressedQuality{.users = before.users,
                                     .allowed = paired_bootstrap(after.keep.ndcg, before.keep.ndcg, resamples),
                                     .removed = paired_bootstrap(after.drop.ndcg, before.drop.ndcg, resamples)};
  report.before.ndcg_allowed = before.keep.value(kCompared);
  report.before.ndcg_removed = before.drop.value(kCompared);
  report.after.ndcg_allowed = after.keep.value(kCompared);
  report.after.ndcg_removed = after.drop.value(kCompared);
}

// Prunes and rounds the run, or the student that has taken its place.
void make_smaller(const CompressPlan& plan, const CompressOptions& options, const RunPlace& place,
                  CompressionReport& report) {
  T5Weights weights = T5Weights::open(plan.distil ? place.out : plan.run);
  if (plan.prune) {
    report.ways.emplace_back("prune");
    const std::int64_t heads = options.heads == 0 ? weights.spec.num_heads / 2 : options.heads;
    report.pruned = prune_heads(heads, weights.spec, weights.file);
  }
  if (plan.int8) report.ways.emplace_back("int8");
  if (plan.distil) {
    write_weights(weights, plan.int8, place.out, RunDirectory::open_to_train(place.out));
  } else {
    write_copy(plan.run, weights, plan.int8, place);
  }
}

// How both runs are asked. A student has its settings in its own configuration.
RunConfig asked_of(const Settings& settings, bool distilled, const fs::path& run) {
  RunConfig changed;
  OptionTable overrides;
  changed.bind(overrides);
  if (!distilled) set_options(without_own(settings), overrides);
  return load_run_config(RunDirectory::open(run), overrides);
}

void check(const CompressPlan& plan, const RunPlace& place) {
  if (!plan.distil && !plan.prune && !plan.int8) {
    throw usage_error("nothing says how the run is to become smaller",
                      {.where = "p5 compress", .expected = "--int8, --prune or --distil"});
  }
  if (plan.distil && plan.prune) {
    throw usage_error("a student is trained with as many heads as it is to have",
                      {.where = "--prune", .expected = "--set model.num_heads=N with --distil"});
  }
  std::error_code failure;
  if (fs::equivalent(plan.run, place.out, failure)) {
    throw usage_error("a run cannot take its own place", {.where = place.out.string(), .expected = "another --out"});
  }
  place.replace ? RunDirectory::require_replaceable(place.out) : RunDirectory::require_free(place.out);
  RunDirectory::require_writable(place.out);
}

}  // namespace

CompressionReport compress_run(const Settings& settings, const CompressPlan& plan, const RunPlace& place,
                               const StopToken& stop) {
  check(plan, place);
  CompressOptions options;
  RunConfig asked;
  OptionTable table;
  asked.bind(table);
  options.bind(table);
  set_options(settings, table);
  CompressionReport report;
  if (plan.distil) {
    report.ways.emplace_back("distil");
    train_student(settings, plan.run, place, stop);
  }
  if (plan.prune || plan.int8) make_smaller(plan, options, place, report);
  report.before = sizes_of(plan.run);
  report.after = sizes_of(place.out);
  if (!options.measure) return report;
  RunConfig config = asked_of(settings, plan.distil, place.out);
  config.evaluate.stop = stop;
  time_both(config, options, report);
  measure_both(config, options, report);
  return report;
}

}  // namespace p5
