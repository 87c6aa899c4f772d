#include "encoders/encoder_fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/file_lock.h"
#include "base/interrupt.h"
#include "base/logger.h"
#include "base/marked_folder.h"
#include "base/progress.h"
#include "base/rng.h"
#include "encoders/encoder_batches.h"
#include "encoders/encoder_start.h"
#include "encoders/encoder_validation.h"
#include "encoders/mixed_batches.h"
#include "encoders/objective_list.h"
#include "encoders/time_gaps.h"
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

std::vector<std::uint64_t> names_of_items(const ItemCatalog& catalog, std::int64_t items) {
  std::vector<std::uint64_t> names;
  for (ItemId item = 0; item < static_cast<std::uint64_t>(items); ++item) {
    names.push_back(stable_hash(catalog.key(item)));
  }
  return names;
}

std::shared_ptr<const TimeGaps> gaps_of(const EncoderInputs& inputs) {
  return inputs.options.time_gaps ? std::make_shared<const TimeGaps>(inputs.split) : nullptr;
}

EncoderSpec spec_of(const EncoderInputs& inputs) {
  const std::size_t items = inputs.known_items.value_or(inputs.split.corpus().items_with_events());
  EncoderSpec spec = EncoderSpec::of(inputs.options, static_cast<std::int64_t>(items));
  if (inputs.evidence != nullptr && any_informed(objectives_of(inputs.options))) {
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

// A step gathers one batch of every objective.
TrainOptions train_options(const EncoderOptions& options, const MixedBatches& batches) {
  const auto parts = static_cast<std::int64_t>(batches.part_count());
  const std::int64_t steps_per_epoch = std::max<std::int64_t>(1, batches.batches_per_epoch() / parts);
  TrainOptions train;
  train.accumulate = parts;
  if (options.objective_weights == EncoderOptions::ObjectiveWeights::kUncertainty) {
    train.family_weights = TrainOptions::Weighting::kLearned;
  }
  train.lr = options.lr;
  train.weight_decay = options.weight_decay;
  train.beta2 = 0.98;
  train.epsilon = 1e-8;
  train.clip = options.clip;
  train.average = options.average;
  train.schedule = ScheduleShape::kConstant;
  const double steps = static_cast<double>(options.epochs * steps_per_epoch);
  train.warmup = std::min(1.0, static_cast<double>(options.warmup_steps) / steps);
  train.epochs = options.epochs;
  train.minutes = options.max_minutes;
  train.validate_every =
      std::max(1.0, static_cast<double>(kLeastStepsBetweenValidations) / static_cast<double>(steps_per_epoch));
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

TrainingWorld world_of(const EncoderInputs& inputs) {
  return inputs.group != nullptr ? inputs.group->world() : TrainingWorld();
}

bool leads(const EncoderInputs& inputs) { return world_of(inputs).leads(); }

// What several processes cannot do together, or not with parts of the item table.
void check_together(const EncoderInputs& inputs, const EncoderSpec& spec) {
  const auto require = [](bool holds, const char* key, const char* expected, std::string got) {
    if (holds) return;
    throw usage_error("several processes cannot train this encoder together",
                      {.where = key, .expected = expected, .got = std::move(got)});
  };
  const auto objectives = objectives_of(inputs.options);
  require(inputs.options.objective_weights == EncoderOptions::ObjectiveWeights::kFixed, "encoder.objective_weights",
          "fixed, or one process", "uncertainty");
  inputs.group->require_equal("encoder.shard_items", inputs.options.shard_items ? 1 : 0);
  if (!inputs.options.shard_items) return;
  require(spec.options.loss == EncoderOptions::Loss::kSampledSoftmax, "encoder.shard_items",
          "encoder.loss = sampled-softmax, which reads few rows of the table in a step", "a loss that reads all rows");
  require(!spec.hashed(), "encoder.shard_items", "encoder.item_rows = 0", std::to_string(spec.options.item_rows));
  require(inputs.begin == nullptr, "encoder.shard_items", "training from fresh weights", "an encoder to begin with");
  for (const WeightedObjective& objective : objectives) {
    require(objective.row->by_rows, "encoder.shard_items", "objectives that read the items of their batch alone",
            std::string(objective.row->name));
  }
}

void log_table(const EncoderInputs& inputs, const EncoderSpec& spec) {
  const TrainingWorld world = world_of(inputs);
  const std::int64_t rows = spec.table_rows(), row = spec.options.width * static_cast<std::int64_t>(sizeof(float));
  const std::int64_t own = spec.shards != nullptr ? (rows - world.rank + world.size - 1) / world.size : rows;
  log_info(fmt::format("{}: rank {} of {}: {} of {} rows of the item table, {} of {} bytes", inputs.name, world.rank,
                       world.size, own, rows, own * row, rows * row),
           {{"source", std::string_view(inputs.name)},
            {"rank", world.rank},
            {"processes", world.size},
            {"table_rows", own},
            {"table_bytes", own * row}});
}

DeviceOptions device_of(const EncoderInputs& inputs) {
  return {.device = "cpu", .threads = static_cast<std::int64_t>(inputs.threads)};
}

// What the data says of items and what objectives know, for a spec that has the options.
void read_facts(const EncoderInputs& inputs, EncoderSpec& spec) {
  const auto items = static_cast<std::size_t>(spec.items);
  const ItemCatalog& catalog = inputs.split.corpus().catalog();
  spec.options.batch_targets = batch_targets(inputs.split, inputs.options);
  spec.item_counts = counts_of_items(inputs.split, spec.items);
  spec.item_names = names_of_items(catalog, spec.items);
  if (inputs.options.attributes) spec.attributes = read_item_attributes(catalog, items);
  spec.features = read_item_features(inputs.split, inputs.options, items, inputs.threads);
  spec.facts = std::make_shared<const ObjectiveFacts>(read_objective_facts(inputs.split, inputs.options, items));
}

MixedBatches batches_of(const EncoderInputs& inputs, const EncoderSpec& spec, const EncoderSource::Context& context) {
  std::vector<std::unique_ptr<EncoderBatches>> parts;
  for (const WeightedObjective& objective : objectives_of(inputs.options)) {
    parts.push_back(
        std::make_unique<EncoderBatches>(BatchInputs{.split = inputs.split,
                                                     .spec = spec,
                                                     .objective = objective,
                                                     .number = static_cast<std::uint8_t>(parts.size()),
                                                     .evidence = objective.row->informed ? context.evidence : nullptr,
                                                     .gaps = context.gaps,
                                                     .threads = inputs.threads,
                                                     .world = world_of(inputs)}));
  }
  return MixedBatches(std::move(parts));
}

std::string listed(const MixedBatches& batches) {
  std::string text;
  for (const std::string& name : batches.family_names()) text += (text.empty() ? "" : ", ") + name;
  return text;
}

void begin_from(const EncoderInputs& inputs, const EncoderSpec& spec, SequenceModel& model) {
  if (inputs.begin == nullptr) return;
  log_info(fmt::format("{}: {} of {} items begin with the vectors of the earlier run", inputs.name,
                       begin_with(*inputs.begin, spec, model), spec.items));
}

// What each objective cost in the last steps, and what it weighed where weights are learnt: "next-item 6.9312 (weight
// 0.98), ..."; from the metrics that the trainer wrote.
std::string last_losses(const std::filesystem::path& metrics) {
  std::ifstream lines(metrics);
  nlohmann::json last;
  for (std::string line; std::getline(lines, line);) {
    nlohmann::json record = nlohmann::json::parse(line, nullptr, false);
    if (record.is_object() && record.contains("family_loss")) last = std::move(record);
  }
  std::string text;
  if (!last.is_object()) return text;
  for (const auto& [name, loss] : last["family_loss"].items()) {
    if (!loss.is_number()) continue;
    text += fmt::format("{}{} {:.4f}", text.empty() ? "" : ", ", name, loss.get<double>());
    const nlohmann::json weights = last.value("family_weight", nlohmann::json::object());
    if (weights.contains(name) && weights[name].is_number()) {
      text += fmt::format(" (weight {:.4f})", weights[name].get<double>());
    }
  }
  return text;
}

void log_result(const std::string& name, const TrainResult& result, bool validated) {
  const std::string best = validated ? fmt::format("best validation {} {:.4f} at step {}", result.metric,
                                                   result.best_metric, result.best_step)
                                     : fmt::format("loss {:.4f}", result.last_loss);
  log_info(fmt::format("{}: {} steps, {:.1f} epochs in {}, stopped by {}; {}", name, result.steps, result.epochs,
                       format_duration(result.seconds), result.stopped_by, best),
           {{"source", std::string_view(name)},
            {"step", result.steps},
            {"seconds", result.seconds},
            {"metric", std::string_view(result.metric)},
            {"best_value", result.best_metric},
            {"best_step", result.best_step}});
}

}  // namespace

namespace {

void train(const EncoderInputs& inputs, const EncoderSpec& spec, const EncoderSource::Context& context,
           SequenceModel& model) {
  MixedBatches batches = batches_of(inputs, spec, context);
  if (batches.batches_per_epoch() == 0) {
    throw usage_error("an encoder has nothing to learn from",
                      {.where = inputs.name, .expected = "users with two training items or more", .got = "none"});
  }
  EncoderValidation validation(inputs.split, spec, context.evidence, context.gaps.get());
  log_info(fmt::format("{}: {} weights; {} targets in {} batches, {} users to validate, {} attributes; trained by {}",
                       inputs.name, model.spec().parameter_count(), batches.part(0).target_count(),
                       batches.part(0).batches_per_epoch(), validation.size(), spec.attributes.count, listed(batches)));
  TrainCallbacks callbacks;
  callbacks.stop = inputs.stop;
  callbacks.metric = {.name = inputs.name + ".ndcg@10"};
  callbacks.world = world_of(inputs);
  callbacks.group = inputs.group;
  // Without anybody to validate with, and where nothing teaches to rank, the last weights are kept.
  const bool validates = validation.size() > 0 && any_ranks(objectives_of(inputs.options), inputs.options);
  if (validates) {
    callbacks.validate = [&](SequenceModel& trained, std::int64_t, double) {
      return validation.measure(trained, inputs.stop, inputs.group);
    };
  }
  const TrainingFolder folder(leads(inputs) ? inputs.training_folder : std::filesystem::path());
  if (inputs.group != nullptr) {
    const std::string checkpoints = inputs.group->gather(folder.path().string()).front();
    if (!leads(inputs)) callbacks.checkpoint_run = checkpoints;
  }
  TrainOptions options = train_options(inputs.options, batches);
  options.validate_first = inputs.begin != nullptr;  // weights that were good may stay the best
  const TrainResult result = fit(model, batches, options, callbacks, folder.path(), true);
  stop_if_requested(inputs.stop, "training of source '" + inputs.name + "' was interrupted");
  log_info(fmt::format("{}: last losses: {}", inputs.name, last_losses(folder.path() / "metrics.jsonl")));
  log_result(inputs.name, result, validates);
}

}  // namespace

std::unique_ptr<EncoderSource> fit_encoder(const EncoderInputs& inputs) {
  require_histories(inputs.split);
  EncoderSpec spec = spec_of(inputs);
  read_facts(inputs, spec);
  if (inputs.group != nullptr) {
    check_together(inputs, spec);
    if (inputs.options.shard_items) spec.shards = inputs.group;
    log_table(inputs, spec);
  }
  const EncoderSource::Context context{.evidence = evidence_of(inputs, spec), .gaps = gaps_of(inputs)};
  std::unique_ptr<SequenceModel> model = make_encoder(spec, device_of(inputs));
  begin_from(inputs, spec, *model);
  if (inputs.trains) {
    train(inputs, spec, context, *model);
    ability_of<ItemEncoder>(*model).gather_items();
    spec.shards = nullptr;
  }
  if (!leads(inputs)) return nullptr;
  return std::make_unique<EncoderSource>(inputs.name, std::move(spec), std::move(model), context,
                                         inputs.split.corpus().item_count());
}

std::unique_ptr<EncoderSource> load_encoder(const FittedState& state, const EncoderInputs& inputs) {
  EncoderSpec spec = spec_of(inputs);
  read_item_facts(state, spec);
  std::unique_ptr<SequenceModel> model = read_encoder(state, spec, device_of(inputs));
  EncoderSource::Context context{.evidence = evidence_of(inputs, spec), .gaps = gaps_of(inputs)};
  const std::size_t items = inputs.known_items.value_or(inputs.split.corpus().item_count());
  return std::make_unique<EncoderSource>(inputs.name, std::move(spec), std::move(model), std::move(context), items);
}

}  // namespace p5
