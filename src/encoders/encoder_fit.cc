#include "encoders/encoder_fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/file_lock.h"
#include "base/interrupt.h"
#include "base/logger.h"
#include "base/marked_folder.h"
#include "base/progress.h"
#include "encoders/encoder_batches.h"
#include "encoders/encoder_start.h"
#include "encoders/encoder_validation.h"
#include "p5/error.h"
#include "train/trainer.h"

namespace p5 {
namespace {

constexpr std::int64_t kLeastStepsBetweenValidations = 32;
constexpr std::int64_t kBatchesOfAnEpoch = 16;  // at least, while batches are not smaller than this:
constexpr std::int64_t kSmallestBatch = 256;

std::vector<float> counts_of_items(const Split& split, std::int64_t items) {
  std::vector<float> counts(static_cast<std::size_t>(items), 0.0f);
  for (UserId user = 0; user < split.corpus().user_count(); ++user) {
    for (const ItemId item : split.train_items(user)) {
      if (item < counts.size()) ++counts[item];
    }
  }
  return counts;
}

bool predicts_next(const EncoderOptions& options) { return encoder_row(options.network).targets == TargetRule::kNext; }

EncoderSpec spec_of(const EncoderInputs& inputs) {
  const std::size_t items = inputs.known_items.value_or(inputs.split.corpus().items_with_events());
  EncoderSpec spec = EncoderSpec::of(inputs.options, static_cast<std::int64_t>(items));
  if (inputs.evidence != nullptr && predicts_next(inputs.options)) {
    const EvidenceOptions& evidence = inputs.evidence->options();
    spec.gated = true;
    spec.gate = evidence.gate;
    spec.ages = evidence.ages;
    spec.repeat = first_repeat_logit(inputs.evidence->repeats());
    spec.distill = evidence.distill;
  }
  return spec;
}

std::shared_ptr<const HistoryEvidence> evidence_of(const EncoderInputs& inputs, const EncoderSpec& spec) {
  if (!spec.gated) return nullptr;
  return std::make_shared<const HistoryEvidence>(inputs.evidence, spec.ages, static_cast<std::size_t>(spec.items));
}

// Little data gets smaller batches: weights need steps.
std::int64_t batch_targets(const Split& split, const EncoderOptions& options) {
  std::int64_t targets = 0;
  for (UserId user = 0; user < split.corpus().user_count(); ++user) {
    targets += static_cast<std::int64_t>(split.train_items(user).size());
  }
  return std::min(options.batch_targets, std::max(kSmallestBatch, targets / kBatchesOfAnEpoch));
}

TrainOptions train_options(const EncoderOptions& options, std::int64_t batches_per_epoch) {
  TrainOptions train;
  train.lr = options.lr;
  train.weight_decay = options.weight_decay;
  train.beta2 = 0.98;
  train.epsilon = 1e-8;
  train.clip = options.clip;
  train.average = options.average;
  train.schedule = ScheduleShape::kConstant;
  const double steps = static_cast<double>(options.epochs * batches_per_epoch);
  train.warmup = std::min(1.0, static_cast<double>(options.warmup_steps) / steps);
  train.epochs = options.epochs;
  train.minutes = options.max_minutes;
  train.validate_every =
      std::max(1.0, static_cast<double>(kLeastStepsBetweenValidations) / static_cast<double>(batches_per_epoch));
  train.patience = options.patience;
  train.seed = options.seed;
  return train;
}

void require_histories(const Split& split) {
  if (split.is_sequential()) return;
  throw usage_error("an encoder needs histories",
                    {.expected = "a split that cuts each user's time line", .got = "split '" + split.name() + "'"});
}

// The wanted folder, or a temporary one where none is wanted or another program trains in it.
class TrainingFolder {
 public:
  explicit TrainingFolder(const std::filesystem::path& wanted) {
    if (!wanted.empty()) {
      std::error_code failure;  // the lock says what is wrong with the folder
      std::filesystem::create_directories(wanted, failure);
      lock_ = FileLock::acquire(wanted / "lock", FileLock::Open::kEither);
    }
    path_ = lock_ ? wanted : temporary_.emplace(std::filesystem::temp_directory_path() / "p5-encoder").path();
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::optional<FileLock> lock_;
  std::optional<MarkedFolder> temporary_;
  std::filesystem::path path_;
};

DeviceOptions device_of(const EncoderInputs& inputs) {
  return {.device = "cpu", .threads = static_cast<std::int64_t>(inputs.threads)};
}

}  // namespace

std::unique_ptr<EncoderSource> fit_encoder(const EncoderInputs& inputs) {
  require_histories(inputs.split);
  EncoderSpec spec = spec_of(inputs);
  spec.options.batch_targets = batch_targets(inputs.split, inputs.options);
  spec.item_counts = counts_of_items(inputs.split, spec.items);
  if (inputs.options.attributes)
    spec.attributes = read_item_attributes(inputs.split.corpus().catalog(), static_cast<std::size_t>(spec.items));
  const auto evidence = evidence_of(inputs, spec);
  std::unique_ptr<SequenceModel> model = make_encoder(spec, device_of(inputs));
  if (inputs.begin != nullptr) {
    log_info(fmt::format("{}: {} of {} items begin with the vectors of the earlier run", inputs.name,
                         begin_with(*inputs.begin, spec, *model), spec.items));
  }
  EncoderBatches batches(inputs.split, spec, evidence, inputs.threads);
  EncoderValidation validation(inputs.split, spec, evidence);
  log_info(fmt::format("{}: {} weights; {} targets in {} batches, {} users to validate, {} attributes", inputs.name,
                       model->spec().parameter_count(), batches.target_count(), batches.batches_per_epoch(),
                       validation.size(), spec.attributes.count));
  TrainCallbacks callbacks;
  callbacks.stop = inputs.stop;
  callbacks.metric = {.name = inputs.name + ".ndcg@10"};
  // Without anybody to validate with, the last weights are kept.
  if (validation.size() > 0) {
    callbacks.validate = [&](SequenceModel& trained, std::int64_t, double) {
      return validation.measure(trained, inputs.stop);
    };
  }
  const TrainingFolder folder(inputs.training_folder);
  TrainOptions options = train_options(inputs.options, batches.batches_per_epoch());
  options.validate_first = inputs.begin != nullptr;  // weights that were good may stay the best
  const TrainResult result = fit(*model, batches, options, callbacks, folder.path(), true);
  stop_if_requested(inputs.stop, "training of source '" + inputs.name + "' was interrupted");
  log_info(fmt::format("{}: {} steps, {:.1f} epochs in {}, stopped by {}; best validation {} {:.4f} at step {}",
                       inputs.name, result.steps, result.epochs, format_duration(result.seconds), result.stopped_by,
                       result.metric, result.best_metric, result.best_step),
           {{"source", std::string_view(inputs.name)},
            {"step", result.steps},
            {"seconds", result.seconds},
            {"metric", std::string_view(result.metric)},
            {"best_value", result.best_metric},
            {"best_step", result.best_step}});
  return std::make_unique<EncoderSource>(inputs.name, std::move(spec), std::move(model), evidence,
                                         inputs.split.corpus().item_count());
}

std::unique_ptr<EncoderSource> load_encoder(const FittedState& state, const EncoderInputs& inputs) {
  EncoderSpec spec = spec_of(inputs);
  read_item_facts(state, spec);
  std::unique_ptr<SequenceModel> model = read_encoder(state, spec, device_of(inputs));
  auto evidence = evidence_of(inputs, spec);
  const std::size_t items = inputs.known_items.value_or(inputs.split.corpus().item_count());
  return std::make_unique<EncoderSource>(inputs.name, std::move(spec), std::move(model), std::move(evidence), items);
}

}  // namespace p5
