#include "pipeline/train_stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <string>

#include "architectures/architecture_list.h"
#include "base/file.h"
#include "base/folder_checksums.h"
#include "base/interrupt.h"
#include "base/logger.h"
#include "base/memory.h"
#include "base/progress.h"
#include "base/text_layout.h"
#include "model/adapter_taker.h"
#include "p5/error.h"
#include "p5/version.h"
#include "pipeline/automatic_settings.h"
#include "pipeline/forget_batches.h"
#include "pipeline/freshening.h"
#include "pipeline/fuse_stage.h"
#include "pipeline/index_stage.h"
#include "pipeline/initial_vectors.h"
#include "pipeline/initial_weights.h"
#include "pipeline/joined_processes.h"
#include "pipeline/policy_batches.h"
#include "pipeline/rating_fit.h"
#include "pipeline/run_description.h"
#include "pipeline/run_vectors.h"
#include "pipeline/task_data.h"
#include "pipeline/teacher.h"
#include "pipeline/time_shares.h"
#include "pipeline/training_verdict.h"
#include "pipeline/unit_settings.h"
#include "pipeline/validation_metric.h"
#include "prompt/prompt_places.h"
#include "recommend/review_stars_model.h"
#include "retrieval/neighbor_evidence.h"
#include "task/batch_stream.h"
#include "task/evidence_writer.h"
#include "task/replay_sampler.h"
#include "task/task_families.h"
#include "task/unit_examples.h"
#include "train/checkpoint.h"
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

// The examples of that stream by units, for training that bounds what each adds to a step.
class UnitBatches final : public BatchSource, public UnitSource {
 public:
  UnitBatches(BatchStream& stream, const UnitExamples& examples, std::int64_t per_step)
      : stream_(&stream), examples_(&examples) {
    double shares = 0;
    for (std::size_t unit = 0; unit < examples.size(); ++unit) shares += examples.share(unit);
    batches_per_epoch_ = std::max<std::int64_t>(1, std::llround(shares / static_cast<double>(per_step)));
  }
  TokenBatch next() override { return stream_->next(); }
  std::int64_t batches_per_epoch() const override { return batches_per_epoch_; }
  std::vector<std::string> family_names() const override { return examples_->family_names(); }
  std::string state() const override { return fmt::format("p5-units-1 {:016x}", examples_->fingerprint()); }
  void set_state(const std::string& state) override {
    if (state == this->state()) return;
    throw model_error("the units of the training belong to another run",
                      {.where = "checkpoint", .expected = this->state(), .got = state});
  }
  UnitSource* units() override { return this; }
  std::int64_t size() const override { return static_cast<std::int64_t>(examples_->size()); }
  std::int64_t examples(std::int64_t unit) const override {
    return examples_->examples(static_cast<std::size_t>(unit));
  }
  double share(std::int64_t unit) const override { return examples_->share(static_cast<std::size_t>(unit)); }
  TokenBatch draw(std::int64_t unit, std::uint64_t visit, std::int64_t rows) override {
    return examples_->draw(static_cast<std::size_t>(unit), visit, rows);
  }

 private:
  BatchStream* stream_;
  const UnitExamples* examples_;
  std::int64_t batches_per_epoch_ = 0;
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
  const T5Spec spec = config.model_spec(*bundle.vocabulary);
  TrainingMemory needed =
      spec.training_memory(config.train.optimizer == TrainOptions::Rule::kSgd ? 1 : 2, config.task.batch_tokens);
  if (config.finetune.adapts()) needed.state = 4.0 * static_cast<double>(spec.parameter_count());  // the frozen base
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
  T5Spec spec = config.model_spec(*bundle.vocabulary);
  if (config.sources.evidence.source != "off") {
    spec.evidence_depths =
        static_cast<std::int64_t>(bundle.index->longest_path()) + 1;  // the last is of answers in words
    spec.evidence_ages = config.sources.evidence.ages;
    spec.initializer_evidence = config.sources.evidence.gate;
    spec.initializer_repeat = first_repeat_logit(repeats_happen(ranking));
  }
  spec.user_prompt_tokens = spec.user_prompt_rows = 0;
  spec.user_prompt_digest.clear();
  if (bundle.users != nullptr) {
    spec.user_prompt_tokens = static_cast<std::int64_t>(bundle.users->width());
    spec.user_prompt_rows = bundle.users->rows();
    spec.user_prompt_digest = bundle.users->digest();
  }
  return make_sequence_model(spec, config.train.seed, config.device);
}

void report_start(const SequenceModel& model, const ModelBundle& bundle, const TaskMixture& mixture,
                  const BatchStream& stream) {
  log_info(fmt::format("model: {} parameters on {}; vocabulary {} tokens, item ids '{}' of at most {}",
                       model.spec().parameter_count(), model.device(), bundle.vocabulary->size(),
                       bundle.index->scheme(), counted(bundle.index->longest_path(), "token")));
  log_info(fmt::format("epoch: {} of {} in about {}", counted(mixture.epoch_size(), "example"),
                       fmt::join(mixture.family_names(), ", "),
                       counted(static_cast<std::uint64_t>(stream.batches_per_epoch()), "batch", "batches")));
}

// What batches know about the items of their answers; null where the run has no evidence.
std::shared_ptr<const EvidenceWriter> make_evidence_writer(const LoadedRun& run, const RunConfig& config) {
  const bool taught = !config.distil.teacher.empty();
  auto teacher = taught ? ask_teacher(config.distil, run, config.device, config.evaluate.stop) : nullptr;
  if (run.evidence == nullptr) return nullptr;
  auto evidence = std::make_shared<const TrainingEvidence>(
      run.evidence, run.data.ranking, static_cast<std::size_t>(config.device.threads), config.evaluate.stop);
  auto writer =
      std::make_shared<EvidenceWriter>(std::move(evidence), run.bundle.index, run.bundle.vocabulary->shared_tokenizer(),
                                       run.bundle.scale, std::move(teacher));
  if (config.task.parallel_codes) writer->take_codes_at_once();
  return writer;
}

// How a training begins: anew, or where an earlier one stopped.
struct Continued {
  bool resume = false;
  bool ended = false;                     // there is nothing left to train
  bool beyond_plan = false;               // it had ended by its steps or its patience, and goes on
  std::filesystem::path leader_run = {};  // of a process that trains with others: the run of rank 0
};

// Null where training is not by units.
std::unique_ptr<UnitExamples> make_units(const TaskData& data, const LoadedRun& loaded, const RunConfig& config) {
  if (!config.train.by_units()) return nullptr;
  const bool example = config.train.privacy.unit == PrivacyOptions::Unit::kExample;
  const std::int64_t users = static_cast<std::int64_t>(loaded.data.corpus->user_count());
  const std::int64_t groups = config.train.federated.on() ? config.train.federated.clients
                              : example                   ? UnitExamples::kEachExample
                                                          : users;
  return std::make_unique<UnitExamples>(make_task_families(data, config.task), loaded.writer.shared_tokenizer(), groups,
                                        config.train.seed);
}

// The families of a training; one that freshens a run has a share of examples about events that are new to it.
std::vector<MixtureFamily> make_families(const TaskData& data, const LoadedRun& loaded, const Freshening* freshening) {
  std::vector<MixtureFamily> families = make_task_families(data, loaded.bundle.task);
  if (freshening == nullptr) return families;
  const NewEvents events(*data.ranking, *freshening->before.ranking);
  log_info(fmt::format("{} of {} training events are new; {:.0f} % of the examples are about them", events.count(),
                       events.all(), 100 * freshening->new_share));
  return replayed(std::move(families), events, freshening->new_share);
}

// All that training needs except the run folder. Errors in options or data are reported here, before there is one.
struct PreparedRun {
  PreparedRun(const RunConfig& config, const ModelBundle& bundle, const DataSplits& data,
              const Freshening* of_new_events = nullptr)
      : model(make_model(config, bundle, *data.ranking)),
        loaded(bundle, data, static_cast<std::int32_t>(model->spec().whole_word_rows)),
        metric(config, loaded),
        task_data(make_task_data(data, bundle, config, loaded.answers)),
        freshening(of_new_events),
        mixture(std::make_shared<const TaskMixture>(make_families(task_data, loaded, freshening), config.train.seed)),
        evidence(make_evidence_writer(loaded, config)),
        stream(mixture, loaded.writer.shared_tokenizer(), evidence,
               {.batch_tokens = bundle.task.batch_tokens,
                .window_batches = bundle.task.window_batches,
                .threads = config.device.threads}),
        units(make_units(task_data, loaded, config)) {}

  const std::unique_ptr<SequenceModel> model;
  const LoadedRun loaded;
  ValidationMetric metric;
  const TaskData task_data;
  const Freshening* const freshening;  // null: the training is a whole one
  const std::shared_ptr<const TaskMixture> mixture;
  const std::shared_ptr<const EvidenceWriter> evidence;  // null: none
  BatchStream stream;
  const std::unique_ptr<UnitExamples> units;  // null: training is not by units
  const Forgetting* forgetting = nullptr;     // whom the training is to forget; null: nobody
  std::unique_ptr<BatchSource> others;        // batches of those who stay
  std::unique_ptr<UnitExamples> forgotten;    // of those who go
  std::unique_ptr<SequenceModel> base;        // of reinforcement learning: what the model was, frozen
};

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
  prepared.others = std::make_unique<StreamSource>(prepared.stream, prepared.mixture->family_names());
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
    return std::make_unique<StreamSource>(prepared.stream, prepared.mixture->family_names());
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
  callbacks.joined = [&](ProcessGroup& group) {
    require_same_settings(group, config);
    prepared.metric.share(&group);
  };
  if (!config.world.leads()) callbacks.checkpoint_run = earlier.leader_run;
  callbacks.description = describe_run(config, *prepared.mixture, *loaded.data.corpus);
  if (!config.train.item_vectors.empty()) callbacks.begin = [&] { take_item_vectors(prepared, config, run); };
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

// Makes the folder of a new run and trains it. A run that has nothing to keep when its training fails leaves none.
TrainedRun start_run(PreparedRun& prepared, const RunConfig& config, const std::string& config_toml,
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
                                                [&bundle](const RunDirectory& made) { bundle.save(made.bundle()); });
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

// Of several processes that train together, all but rank 0 work in a folder that is removed at the end.
RunPlace place_of(const TrainingWorld& world, const RunPlace& asked) {
  if (world.leads()) return asked;
  return {.out = fmt::format("{}.rank-{}", asked.out.string(), world.rank), .replace = true};
}

void check_place(const RunPlace& place) {
  place.replace ? RunDirectory::require_replaceable(place.out) : RunDirectory::require_free(place.out);
  RunDirectory::require_writable(place.out);
}

void begin_from_init(const RunConfig& config, PreparedRun& prepared) {
  if (config.train.init.empty()) return;
  const ModelBundle& bundle = prepared.loaded.bundle;
  const Corpus& corpus = *prepared.loaded.data.corpus;
  require_foreign_weights(config, corpus);
  SequenceModel& model = *prepared.model;
  const InitialWeights weights = find_initial_weights(config.train.init, bundle, corpus);
  begin_from(weights, bundle, corpus, model);
  if (!config.finetune.freezes()) return;
  auto& trainee = ability_of<AdapterTaker>(model);
  trainee.adapt(config.finetune, {std::filesystem::absolute(weights.folder).lexically_normal(), weights.source_rows});
  const AdapterTaker::Size size = trainee.adapter_size();
  log_info(fmt::format("fine-tuning by {}: {} of {} weights are trained ({:.2g} %)", to_string(config.finetune.method),
                       with_commas(static_cast<std::uint64_t>(size.trained)),
                       with_commas(static_cast<std::uint64_t>(size.all)),
                       100.0 * static_cast<double>(size.trained) / static_cast<double>(size.all)));
}

// Adapters and frozen blocks need weights that training begins from.
void check_finetuning(const RunConfig& config) {
  if (config.reinforce.group == 1) {
    throw usage_error("a group of one item has nothing to weigh it against",
                      {.where = "reinforce.group", .expected = "2 or more, or 0 for none", .got = "1"});
  }
  if (config.reinforce.group > 0 && config.train.init.empty()) {
    throw usage_error("there is no model to reinforce",
                      {.where = "reinforce.group", .expected = "train.init (--init), or p5 reinforce --from"});
  }
  if (!config.finetune.freezes() || !config.train.init.empty()) return;
  throw usage_error("there are no weights to fine-tune",
                    {.where = fmt::format("finetune.method = \"{}\"", to_string(config.finetune.method)),
                     .expected = "train.init (--init), or p5 finetune --from"});
}

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

}  // namespace

TrainedRun train_run(RunConfig& config, OptionTable& table, const std::filesystem::path& corpus,
                     const RunPlace& asked) {
  const UnsavedWork unsaved;
  config.world = TrainingWorld::from_environment();
  const RunPlace place = place_of(config.world, asked);
  require_training_space();
  check_place(place);
  check_device(config.device);
  check_finetuning(config);
  apply_unit_settings(config, table);
  const DataSplits data = open_data(corpus, config.split);
  if (wants_automatic_settings(table)) apply_automatic_settings(CorpusTraits::of(data), table);
  if (!config.text.only_prompts.empty()) {
    fit_to_own_prompts(PromptLibrary::load(prompt_places(config.text.only_prompts, config.text.prompts)), config,
                       table);
  }
  share_minutes(config, table);
  const ModelBundle bundle = build_bundle(config, data, corpus);
  require_memory(config, table, bundle);
  PreparedRun prepared(config, bundle, data);
  begin_from_init(config, prepared);
  if (!config.train.item_vectors.empty()) {
    const std::int64_t d_model = config.model_spec(*bundle.vocabulary).d_model;
    if (const auto other = run_of_encoder(config.train.item_vectors)) {
      require_run_vectors(*other, data, config.split, d_model);
    } else {
      require_item_vectors(config.train.item_vectors, config.sources, d_model);
    }
  }
  return start_run(prepared, config, table.to_toml(), place);
}

namespace {

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
  return start_run(prepared, config, stored.empty() ? table.to_toml() : stored, place);
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
