#include "pipeline/train_stage.h"

#include <fmt/format.h>

#include "architectures/architecture_list.h"
#include "base/file.h"
#include "base/folder_checksums.h"
#include "base/interrupt.h"
#include "base/logger.h"
#include "base/memory.h"
#include "base/progress.h"
#include "p5/error.h"
#include "p5/version.h"
#include "pipeline/automatic_settings.h"
#include "pipeline/fuse_stage.h"
#include "pipeline/index_stage.h"
#include "pipeline/initial_vectors.h"
#include "pipeline/initial_weights.h"
#include "pipeline/rating_fit.h"
#include "pipeline/task_data.h"
#include "pipeline/validation_metric.h"
#include "retrieval/neighbor_evidence.h"
#include "task/batch_stream.h"
#include "task/evidence_writer.h"
#include "task/task_families.h"
#include "train/training_space.h"

namespace p5 {
namespace {

// The batch stream of module `task` as the batch source of module `train`; neither depends on the other.
class StreamSource final : public BatchSource {
 public:
  StreamSource(BatchStream& stream, std::vector<std::string> families)
      : stream_(&stream), families_(std::move(families)) {}
  TokenBatch next() override { return stream_->next(); }
  std::int64_t batches_per_epoch() const override { return stream_->batches_per_epoch(); }
  std::vector<std::string> family_names() const override { return families_; }
  std::string state() const override { return stream_->state(); }
  void set_state(const std::string& state) override { stream_->set_state(state); }

 private:
  BatchStream* stream_;
  std::vector<std::string> families_;
};

std::string gibibytes(double bytes) { return fmt::format("{:.1f} GiB", bytes / (1 << 30)); }

// "model.preset = "tiny", model.d_model = 65536": the options that set the size of the model.
std::string sizes_of(const OptionTable& table) {
  std::string sizes;
  for (const OptionRow& row : table.rows()) {
    const bool size = row.key.starts_with("model.") && row.type == OptionType::kInteger;
    if (row.key != "model.preset" && (!size || row.print() == row.default_text)) continue;
    sizes += fmt::format("{}{} = {}", sizes.empty() ? "" : ", ", row.key, row.print());
  }
  return sizes;
}

// Stops before a model is made that does not fit the machine's memory. A GPU has its own memory and reports itself when
// that is used up.
void require_memory(const RunConfig& config, const OptionTable& table, const ModelBundle& bundle) {
  const T5Spec spec = config.model.spec(*bundle.vocabulary);
  const TrainingMemory needed =
      spec.training_memory(config.train.optimizer == TrainOptions::Rule::kSgd ? 1 : 2, config.task.batch_tokens);
  const auto limit = static_cast<double>(memory_limit());
  if (config.device.device.starts_with("cuda") || needed.total() <= limit) return;
  throw usage_error(
      "the model is too large to be trained here",
      {.where = sizes_of(table),
       .expected = fmt::format("at most {} of memory (--device cuda has its own)", gibibytes(limit)),
       .got = fmt::format("{} parameters: {} for weights, gradient and optimizer, and {} or more for a batch of "
                          "task.batch_tokens = {}",
                          spec.parameter_count(), gibibytes(needed.state), gibibytes(needed.activations),
                          config.task.batch_tokens)});
}

std::unique_ptr<SequenceModel> make_model(const RunConfig& config, const ModelBundle& bundle, const Split& ranking) {
  T5Spec spec = config.model.spec(*bundle.vocabulary);
  if (config.sources.evidence.source != "off") {
    spec.evidence_depths =
        static_cast<std::int64_t>(bundle.index->longest_path()) + 1;  // the last is of answers in words
    spec.evidence_ages = config.sources.evidence.ages;
    spec.initializer_evidence = config.sources.evidence.gate;
    spec.initializer_repeat = first_repeat_logit(repeats_happen(ranking));
  }
  return make_sequence_model(spec, config.train.seed, config.device);
}

void report_start(const SequenceModel& model, const ModelBundle& bundle, const TaskMixture& mixture,
                  const BatchStream& stream) {
  log_info(fmt::format("model: {} parameters on {}; vocabulary {} tokens, item ids '{}' of at most {} tokens",
                       model.spec().parameter_count(), model.device(), bundle.vocabulary->size(),
                       bundle.index->scheme(), bundle.index->longest_path()));
  log_info(fmt::format("epoch: {} examples of {} in about {} batches", mixture.epoch_size(),
                       fmt::join(mixture.family_names(), ", "), stream.batches_per_epoch()));
}

// What batches know about the items of their answers; null where the run has no evidence.
std::shared_ptr<const EvidenceWriter> make_evidence_writer(const LoadedRun& run, const RunConfig& config) {
  if (run.evidence == nullptr) return nullptr;
  auto evidence = std::make_shared<const TrainingEvidence>(
      run.evidence, run.data.ranking, static_cast<std::size_t>(config.device.threads), config.evaluate.stop);
  return std::make_shared<const EvidenceWriter>(std::move(evidence), run.bundle.index,
                                                run.bundle.vocabulary->shared_tokenizer());
}

// All that training needs except the run folder. Errors in options or data are reported here, before there is one.
struct PreparedRun {
  PreparedRun(const RunConfig& config, const ModelBundle& bundle, const DataSplits& data)
      : model(make_model(config, bundle, *data.ranking)),
        loaded(bundle, data, static_cast<std::int32_t>(model->spec().whole_word_rows)),
        metric(config, loaded),
        task_data(make_task_data(data, bundle.prompts, config, loaded.answers)),
        mixture(std::make_shared<const TaskMixture>(make_task_families(task_data, bundle.task), config.train.seed)),
        stream(mixture, loaded.writer.shared_tokenizer(), make_evidence_writer(loaded, config),
               {.batch_tokens = bundle.task.batch_tokens,
                .window_batches = bundle.task.window_batches,
                .threads = config.device.threads}) {}

  const std::unique_ptr<SequenceModel> model;
  const LoadedRun loaded;
  const ValidationMetric metric;
  const TaskData task_data;
  const std::shared_ptr<const TaskMixture> mixture;
  BatchStream stream;
};

// The run is trained and saved; where its sources cannot be fused, it answers without a hybrid.
void fuse_after_training(PreparedRun& prepared, const RunConfig& config, const RunDirectory& run) {
  if (!config.sources.hybrid.after_training || config.evaluate.stop.stop_requested()) return;
  try {
    log_info(to_table(fuse_sources(run, prepared.loaded, *prepared.model, config)));
  } catch (const Error& error) {
    log_warning(fmt::format("the run has no hybrid: {}", error.what()));
  }
}

// The source is fit in the run's folder, so that it is kept, and goes on where it was interrupted. Where the data has
// nothing to fit it on, item tokens stay random.
void take_item_vectors(PreparedRun& prepared, const RunConfig& config, const RunDirectory& run) {
  try {
    SequenceModel& model = *prepared.model;
    begin_with_item_vectors(config.train.item_vectors, source_inputs(run, prepared.loaded, model, config),
                            config.train.item_vector_std, model);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInvalidArgument) throw;
    log_warning(fmt::format("item tokens begin with random vectors: {}", error.what()));
  }
}

TrainResult fit_run(PreparedRun& prepared, const RunConfig& config, const RunDirectory& run, bool resume) {
  const LoadedRun& loaded = prepared.loaded;
  const QuestionWriter& writer = loaded.writer;
  SequenceModel& model = *prepared.model;
  report_start(model, loaded.bundle, *prepared.mixture, prepared.stream);
  StreamSource batches(prepared.stream, prepared.mixture->family_names());
  TrainCallbacks callbacks;
  callbacks.stop = config.evaluate.stop;
  callbacks.metric = prepared.metric.metric();
  callbacks.validate = [&](SequenceModel& trained, std::int64_t, double) { return prepared.metric.measure(trained); };
  if (!config.train.item_vectors.empty()) callbacks.begin = [&] { take_item_vectors(prepared, config, run); };
  const TrainResult result = fit(model, batches, config.train, callbacks, run.path(), resume);
  AtomicDirectory weights(ModelBundle::model_folder(run.bundle()), AtomicDirectory::Existing::kReplace);
  model.save(weights.path());
  try {
    const RatingCalibrations stars =
        fit_rating_calibrations(model, writer, loaded.bundle, loaded.data, config.evaluate);
    stars.save(weights.path() / ModelBundle::kStarsFile);
  } catch (const Interrupted& stop) {
    log_warning(stop.what());
  }
  FolderChecksums::write(weights.path());
  weights.commit();
  if (writer.tokenizer().overlong_count() > 0) {
    log_warning(fmt::format("{} inputs were longer than task.max_source", writer.tokenizer().overlong_count()));
  }
  log_info(fmt::format("{} steps, {:.2f} epochs in {}, stopped by {}; best validation {} {:.4f} at step {}",
                       result.steps, result.epochs, format_duration(result.seconds), result.stopped_by, result.metric,
                       result.best_metric, result.best_step));
  fuse_after_training(prepared, config, run);
  return result;
}

}  // namespace

TrainResult train_run(RunConfig& config, OptionTable& table, const std::filesystem::path& corpus,
                      const std::filesystem::path& out) {
  const UnsavedWork unsaved;
  require_training_space();
  RunDirectory::require_free(out);
  const DataSplits data = open_data(corpus, config.split);
  if (wants_automatic_settings(table)) apply_automatic_settings(CorpusTraits::of(data), table);
  const ModelBundle bundle = build_bundle(config, data, corpus);
  require_memory(config, table, bundle);
  PreparedRun prepared(config, bundle, data);
  if (!config.train.init.empty()) {
    begin_from(find_initial_weights(config.train.init, bundle, *data.corpus), *prepared.model);
  }
  if (!config.train.item_vectors.empty()) {
    require_item_vectors(config.train.item_vectors, config.sources, config.model.spec(*bundle.vocabulary).d_model);
  }
  const RunDirectory run = RunDirectory::create(out, table.to_toml(),
                                                {.p5_version = std::string(kVersion),
                                                 .corpus = bundle.corpus,
                                                 .corpus_name = data.corpus->info().name,
                                                 .data_sha256 = data.corpus->info().data_sha256,
                                                 .config_sha256 = {},
                                                 .seed = config.train.seed},
                                                [&bundle](const RunDirectory& made) { bundle.save(made.bundle()); });
  return fit_run(prepared, config, run, false);
}

TrainResult resume_run(const OptionTable& overrides, const std::filesystem::path& out, const StopToken& stop) {
  const UnsavedWork unsaved;
  const RunDirectory run = RunDirectory::open_to_train(out);
  RunConfig config;
  OptionTable table;
  config.bind(table);
  table.load_toml_file(run.config());
  change_options(table, overrides, {OptionScope::kBudget, OptionScope::kReport, OptionScope::kMachine});
  config.evaluate.stop = stop;
  const ModelBundle bundle = ModelBundle::load(run.bundle());
  const DataSplits data = open_bundle_data(bundle, {});
  if (data.corpus->info().data_sha256 != run.manifest().data_sha256) {
    throw model_error("the corpus changed since the run began",
                      {.where = bundle.corpus,
                       .expected = "data with SHA-256 " + run.manifest().data_sha256,
                       .got = data.corpus->info().data_sha256});
  }
  require_memory(config, table, bundle);
  PreparedRun prepared(config, bundle, data);
  // A checkpoint holds all weights; a run that was stopped before its first one begins anew.
  if (!config.train.init.empty() && !file_exists(run.path() / "checkpoint")) {
    begin_from(find_initial_weights(config.train.init, bundle, *data.corpus), *prepared.model);
  }
  return fit_run(prepared, config, run, true);
}

}  // namespace p5
