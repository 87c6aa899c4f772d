// What a run records about itself during training: metrics.jsonl, TensorBoard's file, Prometheus's, the progress bar,
// the log, and checkpoints. The training loop knows none of them. Torch-free; not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "train/checkpoint.h"
#include "train/metrics_file.h"
#include "train/metrics_log.h"
#include "train/metrics_window.h"
#include "train/run_description.h"
#include "train/tensorboard_writer.h"
#include "train/value_histogram.h"

namespace p5 {

// One optimizer step. `seconds` and `epoch` are those of the run, at the end of the step.
struct StepNote {
  std::int64_t step = 0;
  double epoch = 0, seconds = 0;
  double loss = 0, smooth_loss = 0;
  double lr = 0, gradient_norm = 0;  // the norm before clipping
  double tokens_per_second = 0;      // of all steps so far
  StepCost cost = {};
  std::vector<float> row_loss = {};                  // of the rows whose family is known
  std::vector<std::int16_t> row_family = {};         // as long as row_loss
  std::map<std::string, double> family_weight = {};  // empty when the weights are fixed
};

class TrainingJournal {
 public:
  struct Setup {
    std::filesystem::path run;
    std::int64_t planned_steps = 0;
    std::optional<std::int64_t> resumed_at;  // the step of the checkpoint that the run continues from
    std::vector<std::string> family_names;
    std::string metric;               // what validations measure
    RunDescription description = {};  // shown by TensorBoard
    std::string metrics_file = {};    // for Prometheus; empty: none
  };
  explicit TrainingJournal(const Setup& setup);

  void step(StepNote note);
  void validation(const ValidationRecord& record, double smooth_loss);
  // How the weights of this name are spread.
  void weights(const std::string& name, const ValueHistogram& histogram, std::int64_t step);
  // Writes a checkpoint of `state` and the files that `write_files` adds to it.
  void save(const TrainerState& state, const std::function<void(const CheckpointWriter&)>& write_files);

  // Writes the record of steps that are not recorded yet; step(), validation() and save() do so when it is due.
  void flush();
  // For the time left: training ends this many seconds after its begin at the latest.
  void end_within(double seconds) { progress_.end_within(seconds); }
  // Ends the progress bar, and TensorBoard's session.
  void finish();
  std::int64_t saved_step() const { return saved_step_; }  // of the last checkpoint; -1 = none
  double minutes_since_save() const;

 private:
  using Clock = std::chrono::steady_clock;

  std::filesystem::path run_;
  std::string metric_;
  std::int64_t steps_per_record_;
  std::int64_t saved_step_;
  Clock::time_point last_save_ = Clock::now();
  StepNote last_;
  MetricsWindow window_;
  MetricsLog log_;
  TensorBoardWriter board_;
  TrainingProgress state_;
  MetricsFile file_;
  Progress progress_;
};

}  // namespace p5
