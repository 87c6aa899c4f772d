#include "pipeline/prepared_run.h"

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "architectures/architecture_list.h"
#include "base/logger.h"
#include "base/memory.h"
#include "base/text_layout.h"
#include "model/adapter_taker.h"
#include "p5/error.h"
#include "pipeline/initial_weights.h"
#include "pipeline/task_data.h"
#include "pipeline/teacher.h"
#include "pipeline/unit_settings.h"
#include "retrieval/neighbor_evidence.h"
#include "task/replay_sampler.h"
#include "task/task_families.h"

namespace p5 {
namespace {

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

}  // namespace

PreparedRun::PreparedRun(const RunConfig& config, const ModelBundle& bundle, const DataSplits& data,
                         const Freshening* of_new_events)
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

}  // namespace p5
