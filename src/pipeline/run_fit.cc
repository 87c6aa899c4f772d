#include "pipeline/run_fit.h"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "architectures/architecture_list.h"
#include "base/file.h"
#include "base/folder_checksums.h"
#include "base/interrupt.h"
#include "base/logger.h"
#include "base/progress.h"
#include "base/text_layout.h"
#include "p5/error.h"
#include "p5/version.h"
#include "pipeline/forget_batches.h"
#include "pipeline/fuse_stage.h"
#include "pipeline/index_stage.h"
#include "pipeline/initial_vectors.h"
#include "pipeline/initial_weights.h"
#include "pipeline/joined_processes.h"
#include "pipeline/mixture_batches.h"
#include "pipeline/policy_batches.h"
#include "pipeline/rating_fit.h"
#include "pipeline/run_description.h"
#include "pipeline/run_vectors.h"
#include "pipeline/task_data.h"
#include "pipeline/training_verdict.h"
#include "pipeline/unit_batches.h"
#include "pipeline/unit_settings.h"
#include "recommend/candidate_sources.h"
#include "recommend/opened_sources.h"
#include "recommend/review_stars_model.h"
#include "task/task_families.h"

namespace p5 {
namespace {

void report_start(const SequenceModel& model, const ModelBundle& bundle, const TaskMixture& mixture,
                  const BatchStream& stream) {
  log_info(fmt::format("model: {} parameters on {}; vocabulary {} tokens, item ids '{}' of at most {}",
                       model.spec().parameter_count(), model.device(), bundle.vocabulary->size(),
                       bundle.index->scheme(), counted(bundle.index->longest_path(), "token")));
  log_info(fmt::format("epoch: {} of {} in about {}", counted(mixture.epoch_size(), "example"),
                       fmt::join(mixture.family_names(), ", "),
                       counted(static_cast<std::uint64_t>(stream.batches_per_epoch()), "batch", "batches")));
}

// What answers need besides the model and is learnt from the validation part (recommend/candidate_sources.h), so that
// nobody who only asks has to wait for it.
void prepare_answers(PreparedRun& prepared, const RunConfig& config, const RunDirectory& run) {
  if (config.evaluate.stop.stop_requested() || config.task.samples_of(kSequentialFamily) == 0) return;
  open_candidate_source("p5", source_inputs(run, prepared.loaded, *prepared.model, config));
}

// The run is trained and saved; where its sources cannot be fused, it answers without a hybrid.
std::optional<HybridModel> fuse_after_training(PreparedRun& prepared, const RunConfig& config,
                                               const RunDirectory& run) {
  if (!config.sources.hybrid.after_training || config.evaluate.stop.stop_requested()) return std::nullopt;
  if (prepared.freshening != nullptr && !file_exists(sources_folder(config.train.init) / "hybrid.fit")) {
    return std::nullopt;  // nor had the earlier run one
  }
  try {
    HybridModel hybrid = fuse_sources(run, prepared.loaded, *prepared.model, config);
    if (prepared.freshening != nullptr) return hybrid;  // the earlier one, with its figures
    for (const std::string& line : summary_of(hybrid)) log_info(line);
    log_debug(to_table(hybrid));
    return hybrid;
  } catch (const Error& error) {
    log_warning(fmt::format("the run has no hybrid: {}", error.what()));
    return std::nullopt;
  }
}

bool trains_together(const std::string& source) {
  return !run_of_encoder(source) && require_candidate_source(source).trains_together;
}

// The source is fit in the run's folder, so that it is kept, and goes on where it was interrupted. Where the data has
// nothing to fit it on, item tokens stay random. Of several processes rank 0 takes the vectors; a source that they can
// train together is trained by all.
void take_item_vectors(PreparedRun& prepared, const RunConfig& config, const RunDirectory& run, ProcessGroup* group) {
  const std::string& source = config.train.item_vectors;
  const bool together = group != nullptr && trains_together(source);
  if (!together && !config.world.leads()) return;
  try {
    SequenceModel& model = *prepared.model;
    SourceInputs inputs = source_inputs(run, prepared.loaded, model, config);
    if (together) inputs.group = group;
    begin_with_item_vectors(source, inputs, config.train.item_vector_std, model);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInvalidArgument) throw;
    log_warning(fmt::format("item tokens begin with random vectors: {}", error.what()));
  }
}

// Stars are fit at the end; an interrupted training does without until it is resumed.
void fit_stars(PreparedRun& prepared, const RunConfig& config, const RunDirectory& run,
               const std::filesystem::path& weights) {
  const LoadedRun& loaded = prepared.loaded;
  SequenceModel& model = *prepared.model;
  try {
    const SourceInputs inputs = source_inputs(run, loaded, model, config);
    const auto words = loaded.bundle.task.review_samples > 0 ? open_review_stars(inputs) : nullptr;
    fit_rating_calibrations(model, loaded, config.evaluate, words.get(), predictors_to_mix(inputs))
        .save(weights / ModelBundle::kStarsFile);
  } catch (const Interrupted&) {
    log_debug("interrupted before stars were fit; that happens when the run is resumed");
  }
}

// Those of the mixture, and between them those that the model is to forget.
std::unique_ptr<BatchSource> make_forget_batches(PreparedRun& prepared, const RunConfig& config) {
  constexpr std::int64_t kRows = 32;
  const Forgetting& forgetting = *prepared.forgetting;
  const LoadedRun& before = *forgetting.before;
  const TaskData data = make_task_data(before.data, before.bundle, config, before.answers);
  prepared.others = std::make_unique<MixtureBatches>(prepared.stream, prepared.mixture->family_names());
  prepared.forgotten = std::make_unique<UnitExamples>(
      make_task_families(data, config.task), before.writer.shared_tokenizer(), 1, config.train.seed, forgetting.users);
  return std::make_unique<ForgetBatches>(*prepared.model, *prepared.others, *prepared.forgotten, kRows,
                                         forgetting.enough);
}

// Examples of the mixture, or the model's own answers and what they earn.
std::unique_ptr<BatchSource> make_batches(PreparedRun& prepared, const RunConfig& config) {
  if (prepared.forgetting != nullptr) return make_forget_batches(prepared, config);
  if (prepared.units != nullptr) {
    return std::make_unique<UnitBatches>(prepared.stream, *prepared.units, config.train.units_per_step());
  }
  if (config.reinforce.group == 0) {
    return std::make_unique<MixtureBatches>(prepared.stream, prepared.mixture->family_names());
  }
  prepared.base = load_sequence_model(weights_of(config.train.init), config.device);
  const auto size = prepared.base->spec().vocab_size;
  if (size != prepared.model->spec().vocab_size) {
    throw model_error("the base has another vocabulary than the model",
                      {.where = config.train.init,
                       .expected = fmt::format("{} tokens", prepared.model->spec().vocab_size),
                       .got = std::to_string(size)});
  }
  return std::make_unique<PolicyBatches>(*prepared.model, *prepared.base, prepared.loaded, prepared.evidence.get(),
                                         config.reinforce, config.train.seed);
}

}  // namespace

TrainedRun fit_run(PreparedRun& prepared, const RunConfig& config, const RunDirectory& run, const Continued& earlier) {
  const LoadedRun& loaded = prepared.loaded;
  SequenceModel& model = *prepared.model;
  report_start(model, loaded.bundle, *prepared.mixture, prepared.stream);
  const std::unique_ptr<BatchSource> source = make_batches(prepared, config);
  BatchSource& batches = *source;
  TrainCallbacks callbacks;
  callbacks.stop = config.evaluate.stop;
  callbacks.metric = prepared.metric.metric();
  if (prepared.freshening == nullptr) {  // else whoever asked for it compares the runs, and the last weights are kept
    callbacks.validate = [&](SequenceModel& trained, std::int64_t, double) { return prepared.metric.measure(trained); };
  }
  callbacks.beyond_plan = earlier.beyond_plan;
  callbacks.keep_last = prepared.forgetting != nullptr;
  callbacks.world = config.world;
  ProcessGroup* joined = nullptr;
  callbacks.joined = [&](ProcessGroup& group) {
    joined = &group;
    require_same_settings(group, config);
    prepared.metric.share(&group);
  };
  if (!config.world.leads()) callbacks.checkpoint_run = earlier.leader_run;
  callbacks.description = describe_run(config, *prepared.mixture, *loaded.data.corpus);
  if (!config.train.item_vectors.empty()) callbacks.begin = [&] { take_item_vectors(prepared, config, run, joined); };
  const TrainResult result = fit(model, batches, config.train, callbacks, run.path(), earlier.resume);
  prepared.metric.share(nullptr);
  if (!config.world.leads()) {  // rank 0 keeps what all have trained
    run.discard();
    return {result, config.world.remark("trained")};
  }
  AtomicDirectory weights(ModelBundle::model_folder(run.bundle()), AtomicDirectory::Existing::kReplace);
  model.save(weights.path());
  if (!result.privacy) fit_stars(prepared, config, run, weights.path());
  FolderChecksums::write(weights.path());
  weights.commit();
  if (const std::uint64_t overlong = loaded.writer.tokenizer().overlong_count(); overlong > 0) {
    log_warning(counted(overlong, "input was", "inputs were") + " longer than task.max_source");
  }
  log_info(
      fmt::format("{}, {:.2f} epochs in {}, stopped by {}", counted(static_cast<std::uint64_t>(result.steps), "step"),
                  result.epochs, format_duration(result.seconds), result.stopped_by),
      {{"step", result.steps},
       {"epoch", result.epochs},
       {"seconds", result.seconds},
       {"stopped_by", std::string_view(result.stopped_by)},
       {"metric", std::string_view(result.metric)},
       {"best_value", result.best_metric},
       {"best_step", result.best_step}});
  if (result.privacy) {
    run.note(*result.privacy);
    return {result, privacy_verdict(*result.privacy)};
  }
  // A training that had ended may have been interrupted while the sources were fused.
  const bool fused =
      earlier.ended && is_fitted(require_candidate_source("hybrid"), source_inputs(run, loaded, model, config));
  if (!earlier.ended) prepare_answers(prepared, config, run);
  auto hybrid = fused ? std::nullopt : fuse_after_training(prepared, config, run);
  if (prepared.freshening != nullptr) return {result, "the model was trained on new and old events; the rest stays"};
  return {result, training_verdict({run, loaded, prepared.metric, config, result, std::move(hybrid)})};
}

TrainedRun fit_new_run(PreparedRun& prepared, const RunConfig& config, const std::string& config_toml,
                       const RunPlace& place) {
  const ModelBundle& bundle = prepared.loaded.bundle;
  const CorpusInfo& data = prepared.loaded.data.corpus->info();
  if (place.replace) RunDirectory::remove(place.out);
  const RunDirectory run = RunDirectory::create(place.out, config_toml,
                                                {.p5_version = std::string(kVersion),
                                                 .corpus = bundle.corpus,
                                                 .corpus_name = data.name,
                                                 .data_sha256 = data.data_sha256,
                                                 .config_sha256 = {},
                                                 .seed = config.train.seed},
                                                [&](const RunDirectory& made) {
                                                  bundle.save(made.bundle());
                                                  if (!makes_ids_of_own_encoder(config)) return;
                                                  take_early_sources(place.out, made.path());
                                                });
  try {
    return fit_run(prepared, config, run, {});
  } catch (...) {
    std::error_code ignored;
    const bool kept = std::filesystem::exists(run.path() / "checkpoint", ignored) ||
                      std::filesystem::exists(sources_folder(run.path()), ignored);
    if (!kept) run.discard();
    throw;
  }
}

}  // namespace p5
