// The training loop of fit(): model, optimizer, schedule. Its records go to a TrainingJournal. One object runs once.
// Not thread-safe.
#pragma once

#include <torch/torch.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/trainable_module.h"
#include "train/checkpoint.h"
#include "train/checkpoint_tensors_module.h"
#include "train/collective_module.h"
#include "train/early_stopping.h"
#include "train/family_weights.h"
#include "train/fit_request.h"
#include "train/flat_parameters_module.h"
#include "train/gradient_buckets_module.h"
#include "train/learning_rate_schedule.h"
#include "train/optimizer_module.h"
#include "train/training_journal.h"
#include "train/unit_steps_module.h"

namespace p5 {

class Trainer {
 public:
  // `resumed` is the verified checkpoint to continue from, or null.
  Trainer(const FitRequest& request, TrainableModel& model, const Checkpoint* resumed);
  TrainResult run();

 private:
  using Clock = std::chrono::steady_clock;

  void restore(const Checkpoint& checkpoint);
  void take_step();
  // Gradients and losses of one batch, added to those of the step so far.
  struct Gathered {
    double loss = 0;    // sum over batches of weight * mean loss
    double weight = 0;  // weighted target tokens
    StepCost cost;
    std::vector<float> row_loss;  // see StepNote
    std::vector<std::int16_t> row_family;
  };
  void add_batch(Gathered& gathered);
  // The loss of a batch with its graph, noted in `gathered`.
  TrainingLoss loss_of(const TokenBatch& batch, Gathered& gathered);
  void note_pass(const TokenBatch& batch, const TrainingPass& pass, Gathered& gathered);
  // The gradient of a step by units; returns what it has to be divided by.
  double add_units(Gathered& gathered);
  // Of the optimizer for each parameter, in the order of FlatParameters::ranges(); empty: all 1.
  std::vector<double> learning_rate_shares() const;
  std::optional<TrainPrivacy> privacy() const;
  // One optimizer step; every parameter at the rate that the model wants for it now.
  double step_optimizer(double lr, double weight);
  void average_weights();
  // With other processes: their gradients, losses and weights are added to this one's, and all get the learning rate
  // of rank 0.
  void join(Gathered& gathered, double& lr);
  // The reason of rank 0, or the stop that any process was asked for; `own` where there is one process.
  std::string agreed(std::string own) const;
  TokenBatch next_batch();
  // Batches of the stream that a step takes; by units a step counts as one.
  std::int64_t batches_of_step() const { return options_.by_units() ? 1 : options_.accumulate * takers_; }
  // Calls use(values) for the values of a flat tensor that all processes share: all except those that are sharded.
  template <typename Use>
  void for_common(const torch::Tensor& flat, const Use& use) const;
  void find_sharded();
  // Under the parameters' names, at rank 0 with all rows of what is sharded; other ranks are to call it too.
  NamedTensors whole(const torch::Tensor& flat) const;
  // The weights for validation: the average while this lives, where there is one.
  class Averaged;
  void note(Gathered gathered, double lr, double gradient_norm);
  bool validation_due() const;
  void validate();
  void note_weights();
  void save();
  // Empty while training goes on.
  std::string reason_to_stop() const;
  std::string own_reason_to_stop() const;  // without asking the other processes
  TrainResult finish(std::string reason);

  bool own_save_due() const;  // by this process's clock
  bool save_due() const;
  // The others than rank 0, without a writer, give it their parts of what is sharded.
  void write_tensors(const CheckpointWriter* writer) const;
  void write_files(const CheckpointWriter& writer) const;
  double elapsed() const;
  double time_share() const;
  double epoch() const;
  double smooth_loss() const;

  const FitRequest& request_;
  const TrainOptions& options_;
  TrainableModel& model_;
  const std::unique_ptr<Collective> joined_;  // where nobody has joined the processes before
  Collective* const together_;                // null where this process trains alone
  const std::int64_t takers_;  // processes that take a batch of the stream each, where they do not share every batch
  const std::int64_t planned_steps_, validation_interval_;
  LearningRateSchedule schedule_;
  FlatParameters parameters_;
  Optimizer optimizer_;
  FamilyWeights family_weights_;
  std::optional<UnitSteps> unit_steps_;
  std::optional<ShardedTensor> sharded_;  // the parameter that the processes have parts of
  FlatParameters::Range own_ = {};        // where it is; empty without
  std::optional<GradientBuckets> buckets_;
  bool save_due_ = false;  // as rank 0 said in the last step
  std::int64_t saved_step_;
  EarlyStopping early_stopping_;
  torch::Tensor average_;       // flat, as the weights; undefined when options_.average is 0
  torch::Tensor best_weights_;  // flat, on the CPU; undefined before the first validation
  std::optional<double> last_metric_;
  TrainerState state_;  // except early_stopping, options and seconds, which save() fills in
  Clock::time_point start_ = Clock::now();
  double begun_at_ = 0;               // elapsed() where training goes on beyond its plan
  Clock::duration preparation_ = {};  // that TrainCallbacks::begin took
  TrainingJournal journal_;
};

// Optimizer steps of the whole run: max_steps, or the epochs' batches divided by `accumulate` and by the processes that
// take one each, rounded up.
std::int64_t planned_steps(const TrainOptions& options, std::int64_t batches_per_epoch, std::int64_t processes = 1);

}  // namespace p5
