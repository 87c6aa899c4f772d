// Trains a model, and can resume after an interruption. Torch-free: the implementation is in libp5_torch.so.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/option_table.h"
#include "model/sequence_model.h"
#include "p5/stop_token.h"
#include "privacy/federated_options.h"
#include "privacy/privacy_plan.h"
#include "text/token_batch.h"
#include "train/learning_rate_schedule.h"
#include "train/process_group.h"
#include "train/reptile_options.h"
#include "train/run_description.h"
#include "train/selection_metric.h"
#include "train/training_world.h"
#include "train/unit_source.h"

namespace p5 {

// Where batches come from; `train` knows neither prompts nor corpus. An endless stream: the source decides on epochs.
class BatchSource {
 public:
  virtual ~BatchSource() = default;
  virtual TokenBatch next() = 0;
  // Planned steps (batches) of one epoch: schedules and validation intervals are counted in these.
  virtual std::int64_t batches_per_epoch() const = 0;
  // Names of the numbers in TokenBatch::family: losses and learned weights are reported under them.
  virtual std::vector<std::string> family_names() const { return {}; }
  // Position and generators as opaque bytes; a restored source continues with the next batch.
  virtual std::string state() const = 0;
  virtual void set_state(const std::string& state) = 0;
  // The same examples by units, which private, federated and meta-training draws from in place of next(); an epoch is
  // then as many steps as visit every unit once on average. Null: there are none.
  virtual UnitSource* units() { return nullptr; }
  // Whether next() gives each of the processes that train together its part of one batch; else batches are dealt to
  // them.
  virtual bool gives_parts() const { return false; }
};

struct TrainOptions {
  enum class Rule { kAdamW, kAdam, kSgd };
  enum class Precision { kFloat32, kBfloat16 };
  enum class Weighting { kFixed, kLearned };

  Rule optimizer = Rule::kAdamW;
  double lr = 1e-3;  // peak learning rate
  double weight_decay = 0.01;
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-6;
  double momentum = 0.9;                         // sgd
  double clip = 1.0;                             // gradient norm; 0 = off
  Precision precision = Precision::kFloat32;     // of a GPU's products (nn/autocast_module.h)
  Weighting family_weights = Weighting::kFixed;  // in addition to the rows' own (train/family_weights.h)
  double average = 0;  // decay of the averaged weights that are validated and kept; 0 = the last weights
  ScheduleShape schedule = ScheduleShape::kLinear;
  double warmup = 0.05;  // share of all steps; from 2 on, their number
  std::int64_t epochs = 10;
  std::int64_t max_steps = 0;           // 0 = epochs decide
  double minutes = 0;                   // budget of the whole training; 0 = none
  double own_minutes = 0;               // of it, for the model's steps; 0 = all that is left of it
  std::int64_t accumulate = 1;          // batches per step
  double validate_every = 1.0;          // epochs between validations
  std::int64_t validate_users = 0;      // of a validation of rankings, sampled by seed, at most; 0 = all
  bool validate_first = false;          // validates the weights that training begins with, too
  std::string init = {};                // weights to start from: a run folder or that of a T5; empty: fresh ones
  std::string item_vectors = {};        // a source whose item vectors item tokens begin with; empty: random ones
  double item_vector_std = 0.5;         // that those are scaled to
  std::string select = "auto";          // the metric of validations that decides which weights are kept
  std::int64_t patience = 5;            // validations without a better metric before stopping; 0 = never
  double rank_timeout = 30;             // seconds that another process of the training may take to answer
  std::int64_t checkpoint_minutes = 5;  // between checkpoints; one is always written at each validation
  std::uint64_t seed = 2022;
  bool weight_histograms = true;  // TensorBoard shows how the weights are spread, at each validation
  std::string metrics_file = {};  // replaced while training goes on, for Prometheus; empty: none
  PrivacyOptions privacy = {};
  FederatedOptions federated = {};
  ReptileOptions reptile = {};

  // Whether steps are sums over units, not batches of a stream.
  bool by_units() const { return privacy.on() || federated.on() || reptile.on(); }
  // Units of such a step, on average.
  std::int64_t units_per_step() const {
    return federated.on() ? federated.per_round : reptile.on() ? reptile.users : privacy.batch;
  }

  // How long the model's own steps may take; 0 = no limit.
  double step_minutes() const { return own_minutes > 0 ? own_minutes : minutes; }

  void bind(OptionTable& table);  // rows train.*
  static std::vector<std::pair<std::string, Precision>> precision_names();
};

struct TrainCallbacks {
  // Returns `metric` of the model in its present state, or nothing when it was interrupted: the run then saves and
  // stops, and starts with this validation when it is resumed.
  std::function<std::optional<double>(SequenceModel&, std::int64_t step, double epoch)> validate;
  SelectionMetric metric = {};
  StopToken stop = {};  // checked once per step; when set, the run saves and stops
  // May change the weights before the first step, after those of train.validate_first were validated and kept; called
  // again where a training goes on that took no step. All processes call it, and then get the weights of rank 0.
  std::function<void()> begin = {};
  TrainingWorld world = {};  // the processes that train together
  // Those that have found each other already: of join_processes(), with this world, and longer alive than the training.
  ProcessGroup* group = nullptr;
  // Called once these have found each other, before the first step; the group lives as long as the training.
  std::function<void(ProcessGroup& group)> joined = {};
  std::filesystem::path checkpoint_run = {};  // whose checkpoint a resumed training reads; empty: that of its own run
  // A training that ended by its steps or its patience goes on until its minutes end.
  bool beyond_plan = false;
  bool keep_last = false;           // the weights of the last step are kept, not those of the best validation
  RunDescription description = {};  // for those who watch
};

// What a private training has spent.
struct TrainPrivacy {
  PrivacyPlan plan;
  std::int64_t steps = 0;
  double epsilon = 0;
  double clipped = 0;  // share of the units' parts that were longer than plan.clip; itself not private
  bool secret = true;  // the noise, from who knows the seed
};

struct TrainResult {
  std::int64_t steps = 0;
  double epochs = 0;
  std::string metric;  // the metric of best_metric
  double best_metric = 0;
  std::int64_t best_step = 0;
  double last_loss = 0;
  double tokens_per_second = 0;
  double seconds = 0;
  std::int64_t threads = 0;  // CPU threads that it used
  std::string stopped_by;    // "epochs" | "max-steps" | "patience" | "minutes" | as StopToken::reason()
  std::optional<TrainPrivacy> privacy;
};

// Trains in place. `run` receives checkpoint/ (atomic; weights, optimiser, generators, data position, best weights),
// metrics.jsonl and TensorBoard event files. With `resume` and a checkpoint in `run`, continues bit-identically on the
// CPU, whatever the number of threads; without a checkpoint it starts anew. At the end the model holds the weights of
// the best validation.
TrainResult fit(SequenceModel& model, BatchSource& batches, const TrainOptions& options,
                const TrainCallbacks& callbacks, const std::filesystem::path& run, bool resume);

}  // namespace p5
